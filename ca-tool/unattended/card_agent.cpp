#include "unattended/card_agent.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <thread>

#include "base/codec.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"
#include "crypto/verify.hpp"
#include "io/ownership.hpp"
#include "io/process.hpp"
#include "io/unix_socket.hpp"
#include "ssh/agent.hpp"

namespace halligan::unattended {
namespace {

using Clock = io::Deadline::clock;

constexpr std::chrono::seconds kGpgconfWait{5};
constexpr std::chrono::seconds kPinWait{20};    // a PIN that is hashed many times before it is sent
constexpr std::chrono::seconds kResetWait{15};  // GnuPG 2.2 takes three to four
constexpr std::chrono::milliseconds kAgain{100};
constexpr std::string_view kCardChallenge = "halligan: is this card unlocked?";
constexpr std::size_t kCardChallengeSize = 32;
constexpr const char* kReader =
    "insert the card; if pcscd runs, GnuPG needs the line disable-ccid in ~/.gnupg/scdaemon.conf";
constexpr const char* kUnlockAgain = "type the PIN once: halligan unlock";

// The prefix of a digest to be signed: DigestInfo of PKCS #1 (RFC 8017, 9.2). Of Ed25519 GnuPG
// takes off 15 bytes, as many as SHA-1's are, and has the rest signed as it is.
constexpr std::array<std::uint8_t, 19> kSha256Info{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                                   0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
constexpr std::array<std::uint8_t, 15> kSha1Info{0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e,
                                                 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14};

Result<std::string> gpgconf(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "gpgconf");
  HALLIGAN_TRY(auto done, io::run({.argv = std::move(arguments), .err = io::Null{}, .timeout = kGpgconfWait})
                              .hint("install GnuPG: apt install gpg-agent scdaemon"));
  if (done.exit_code != 0) return fail(Code::kUnreachable, "gpgconf failed", "try it: gpgconf --list-dirs");
  while (done.out.ends_with('\n')) done.out.pop_back();
  return std::move(done.out);
}

// gpgconf escapes as in URLs what its lists have between colons; of one name it prints the path as it is.
Result<std::string> socket_of(const char* name) {
  HALLIGAN_TRY(std::string path, gpgconf({"--list-dirs", name}));
  HALLIGAN_CHECK(io::safe_folder(std::filesystem::path(path).parent_path()).in("no gpg-agent"));
  return path;
}

// To scdaemon. The agent has answered before: it is the card or its reader that hangs.
Result<GnupgReply> ask_card(Assuan& agent, const std::string& command, const Pin* pin = nullptr) {
  auto reply = agent.ask("SCD " + command, pin);
  if (reply) return reply;
  return fail(Code::kUnreachable, "the OpenPGP card does not answer",
              "remove it, end its program, and insert it again: gpgconf --kill scdaemon");
}

Failure refused(std::string_view what, const GnupgReply& reply) {
  if (reply.refusal == Refusal::kNoCard)
    return fail(Code::kNotFound, "no OpenPGP card: " + reply.why, kReader);
  return fail(Code::kUnreachable, std::string(what) + ": " + reply.why,
              "another program may have used the card; insert it again, or: halligan unlock");
}

// "+1+127+127+127+3+0+3": whether the PIN is kept, three lengths, and the tries of PIN, reset code, admin
// PIN.
Result<std::uint64_t> pin_tries_of(std::optional<std::string_view> line) {
  std::string_view rest = line.value_or("");
  std::array<std::uint64_t, 7> numbers{};
  for (std::uint64_t& each : numbers) {
    rest.remove_prefix(std::min<std::size_t>(rest.find_first_not_of("+ "), rest.size()));
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), each);
    if (error != std::errc{})
      return fail(Code::kUnreachable, "the card does not say how many PIN tries are left");
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  }
  return numbers[4];
}

// GnuPG 2.2 has no name for it; there the object is read from the card, which changes nothing on it.
// @return whether it requires a touch; a card without the object requires none
Result<bool> requires_touch(Assuan& agent) {
  HALLIGAN_TRY(const auto named, ask_card(agent, "GETATTR UIF-3"));
  if (named.is_ok()) {
    const auto value = named.line("UIF-3");
    return value && !value->empty() && !value->starts_with("%00");
  }
  if (named.refusal != Refusal::kUnknownName) return false;
  HALLIGAN_TRY(const auto read, ask_card(agent, "APDU 00CA00D800"));
  return read.is_ok() && read.data.size() == 4 && read.data[2] == 0x90 && read.data[0] != 0;
}

// Of YubiKeys, since 2.3: to change between their applications.
Result<bool> is_pin_kept(Assuan& agent) {
  HALLIGAN_TRY(const auto maker, ask_card(agent, "GETATTR MANUFACTURER"));
  HALLIGAN_TRY(const auto version, agent.ask("GETINFO version"));
  return maker.line("MANUFACTURER").value_or("").starts_with("6 ") &&
         !as_text(version.data).starts_with("2.2.");
}

// The public key as GnuPG has it, an S-expression with each value as "SIZE:BYTES". It is not parsed: the
// value that this key must have is looked for.
bool has_value_of(ByteView expression, const ssh::PublicKey& key) {
  Bytes value;
  if (key.type() == ssh::KeyType::kRsa) {
    value.push_back(0);
    append(value, key.rsa_modulus());
  } else {
    if (key.type() == ssh::KeyType::kEd25519) value.push_back(0x40);
    append(value, key.point());
  }
  Bytes with_size = to_bytes(as_bytes(std::to_string(value.size()) + ":"));
  append(with_size, value);
  return std::search(expression.begin(), expression.end(), with_size.begin(), with_size.end()) !=
         expression.end();
}

// By its blob: the comments differ between versions, and keys of cards that are not inserted are listed too.
Result<ssh::PublicKey> listed_key(const std::string& ssh_socket, ByteView expression) {
  auto connection = io::UnixSocket::connect(ssh_socket);
  if (!connection) {
    return fail(Code::kUnsupported, "gpg-agent does not serve ssh: " + connection.error().message,
                "put enable-ssh-support into ~/.gnupg/gpg-agent.conf, and end it: gpgconf --kill gpg-agent");
  }
  HALLIGAN_TRY(const Bytes answer, connection->ask(ssh::agent_frame(ssh::agent_list_request()),
                                                   ssh::kMaxAgentMessage, kCardWait));
  HALLIGAN_TRY(auto listed, ssh::parse_agent_list(answer));
  for (ssh::AgentKey& each : listed) {
    if (!has_value_of(expression, each.key)) continue;
    const ssh::KeyType type = each.key.type();
    if (type == ssh::KeyType::kEd25519 || type == ssh::KeyType::kEcdsa256 || type == ssh::KeyType::kRsa)
      return std::move(each.key);
    return fail(Code::kUnsupported, "the key of the OpenPGP card is of a kind that cannot be checked",
                "use Ed25519, NIST P-256 or RSA");
  }
  return fail(Code::kUnsupported, "gpg-agent does not offer the key of the OpenPGP card to ssh",
              "see: ssh-add -L");
}

// The signature of a card is bare numbers.
ssh::Signature to_signature(const ssh::PublicKey& key, Bytes raw) {
  ssh::Signature signature{.algorithm = key.type() == ssh::KeyType::kRsa
                                            ? ssh::SignatureAlgorithm::kRsaSha256
                                            : ssh::default_algorithm(key.type())};
  if (key.type() == ssh::KeyType::kRsa || key.type() == ssh::KeyType::kEd25519) {
    signature.raw = std::move(raw);
    return signature;
  }
  const auto magnitude = [](ByteView number) {
    while (!number.empty() && number.front() == 0) number = number.subspan(1);
    return to_bytes(number);
  };
  const ByteView both = raw;
  signature.r = magnitude(both.first(both.size() / 2));
  signature.s = magnitude(both.subspan(both.size() / 2));
  return signature;
}

}  // namespace

std::string Card::words() const {
  // Application, version, then manufacturer and serial number.
  return printable(serial.size() == 32 ? serial.substr(16, 4) + " " + serial.substr(20, 8) : serial);
}

bool is_meant(const Card& card, const std::vector<std::string>& names) {
  const std::string words = card.words();
  return names.empty() || std::ranges::any_of(names, [&](const std::string& name) {
           return name == card.serial || name == words.substr(words.find(' ') + 1) ||
                  name == crypto::fingerprint(card.key);
         });
}

Result<CardAgent> CardAgent::find(bool start) {
  HALLIGAN_TRY(std::string socket, socket_of("agent-socket"));
  HALLIGAN_TRY(std::string ssh_socket, socket_of("agent-ssh-socket"));
  CardAgent found(std::move(socket), std::move(ssh_socket));
  auto answers = found.connect(false);
  if (!answers && start) {
    HALLIGAN_CHECK(gpgconf({"--launch", "gpg-agent"}));
    answers = found.connect(false);
  }
  if (!answers) return fail(std::move(answers).error().in("no gpg-agent"));
  return found;
}

Result<Assuan> CardAgent::connect(bool may_ask, std::chrono::seconds within) const {
  HALLIGAN_TRY(Assuan agent, Assuan::connect(socket_, Clock::now() + within)
                                 .hint(Code::kUnreachable, "start it: gpgconf --launch gpg-agent"));
  // Otherwise a program that asks for the PIN is started.
  HALLIGAN_TRY(const auto reply,
               agent.ask(std::string("OPTION pinentry-mode=") + (may_ask ? "loopback" : "cancel")));
  if (reply.is_ok()) return agent;
  return fail(Code::kUnreachable, "gpg-agent does not let halligan answer for the PIN: " + reply.why,
              "remove no-allow-loopback-pinentry from ~/.gnupg/gpg-agent.conf");
}

Result<Card> CardAgent::look() const {
  HALLIGAN_TRY(Assuan agent, connect(false));
  HALLIGAN_TRY(const auto found, ask_card(agent, "SERIALNO openpgp"));
  if (!found.is_ok()) return refused("cannot select the OpenPGP card", found);
  const std::string_view serial = found.line("SERIALNO").value_or("");
  HALLIGAN_TRY(const auto status, ask_card(agent, "GETATTR CHV-STATUS"));
  if (!status.is_ok()) return refused("cannot read the OpenPGP card", status);
  HALLIGAN_TRY(const std::uint64_t tries, pin_tries_of(status.line("CHV-STATUS")));
  // GnuPG 2.4 verifies another PIN than that of this key until it has read the key.
  HALLIGAN_TRY(const auto key, ask_card(agent, "READKEY OPENPGP.3"));
  if (!key.is_ok()) {
    return fail(Code::kUnsupported, "the OpenPGP card has no authentication key: " + key.why,
                "make one on it: gpg --card-edit, then admin and generate");
  }
  HALLIGAN_TRY(const bool touch, requires_touch(agent));
  HALLIGAN_TRY(const bool keeps_pin, is_pin_kept(agent));
  HALLIGAN_TRY(auto listed, listed_key(ssh_socket_, key.data));
  return Card{.serial = std::string(serial.substr(0, serial.find(' '))),
              .pin_tries = tries,
              .touch = touch,
              .keeps_pin = keeps_pin,
              .key = std::move(listed)};
}

Result<> CardAgent::prove(const Card& card) const {
  Bytes challenge = to_bytes(as_bytes(kCardChallenge));
  HALLIGAN_TRY(const Bytes random, crypto::random_bytes(kCardChallengeSize));
  append(challenge, random);
  Bytes data;
  if (card.key.type() == ssh::KeyType::kEd25519) {
    data = to_bytes(kSha1Info);
    append(data, challenge);
  } else {
    data = to_bytes(kSha256Info);
    append(data, crypto::sha256(challenge));
  }
  HALLIGAN_TRY(Assuan agent, connect(false));
  HALLIGAN_TRY(const auto set, ask_card(agent, "SETDATA " + hex(data)));
  if (!set.is_ok()) return refused("cannot use the OpenPGP card", set);
  HALLIGAN_TRY(auto signed_by, ask_card(agent, "PKAUTH OPENPGP.3"));
  if (signed_by.refusal == Refusal::kCancelled || signed_by.refusal == Refusal::kWrongPin ||
      signed_by.refusal == Refusal::kPinBlocked)
    return fail(Code::kNeedsPerson, "the OpenPGP card is locked", kUnlockAgain);
  if (!signed_by.is_ok()) return refused("the OpenPGP card does not sign", signed_by);
  HALLIGAN_CHECK(crypto::verify(card.key, challenge, to_signature(card.key, std::move(signed_by.data)))
                     .in("the OpenPGP card does not sign with its key"));
  return {};
}

Result<bool> CardAgent::believes_unlocked(const Card& card) const {
  HALLIGAN_TRY(Assuan agent, connect(false));
  HALLIGAN_TRY(const auto reply, ask_card(agent, "CHECKPIN " + card.serial));
  return reply.is_ok();
}

Result<> CardAgent::verify_pin(const Card& card, const Pin& pin) const {
  HALLIGAN_TRY(Assuan agent, connect(true, kPinWait));
  HALLIGAN_TRY(const auto reply, ask_card(agent, "CHECKPIN " + card.serial, &pin));
  // gpg-agent and scdaemon do not wipe what they have passed on. Something longer takes its place: a key that
  // scdaemon asks for before it finds that there is no such place for it.
  Pin filler;
  if (filler.resize(Pin::kCapacity)) (void)ask_card(agent, "WRITEKEY halligan", &filler);
  if (reply.is_ok()) return {};
  if (reply.refusal == Refusal::kWrongPin) return fail(Code::kNeedsPerson, "wrong PIN");
  if (reply.refusal == Refusal::kPinBlocked) return fail(Code::kNeedsPerson, "the PIN is blocked");
  return refused("cannot verify the PIN", reply);
}

Result<> CardAgent::reset_card() const {
  const auto until = Clock::now() + kResetWait;
  Bytes ended;  // the process ID of scdaemon
  {
    HALLIGAN_TRY(Assuan agent, connect(false));
    HALLIGAN_TRY(auto before, ask_card(agent, "GETINFO pid"));
    ended = std::move(before.data);
    HALLIGAN_CHECK(ask_card(agent, "KILLSCD"));
  }
  // The one that ends may still answer; then the agent has a broken pipe until another one is there.
  while (true) {
    HALLIGAN_TRY(Assuan agent, connect(false));
    HALLIGAN_TRY(const auto now, ask_card(agent, "GETINFO pid"));
    HALLIGAN_TRY(const auto found, ask_card(agent, "SERIALNO openpgp"));
    const bool is_another = now.is_ok() && now.data != ended;
    if (is_another && (found.is_ok() || found.refusal == Refusal::kNoCard)) return {};
    if (Clock::now() > until) return refused("the OpenPGP card did not come back after a reset", found);
    std::this_thread::sleep_for(kAgain);
  }
}

}  // namespace halligan::unattended
