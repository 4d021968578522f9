#include "handoff/age.hpp"

#include "base/codec.hpp"
#include "crypto/pem.hpp"
#include "io/files.hpp"
#include "io/process.hpp"
#include "io/terminal.hpp"
#include "ssh/key.hpp"

namespace halligan::handoff {
namespace {

constexpr std::chrono::minutes kPassphraseWait{10};  // age may ask a person
constexpr std::size_t kLargestRecipientFile = 64 * 1024;
constexpr std::string_view kArmorBegin = "-----BEGIN AGE ENCRYPTED FILE-----";
constexpr std::string_view kArmorEnd = "-----END AGE ENCRYPTED FILE-----";
constexpr std::string_view kBlanks = " \t\r\n";

Result<io::Finished> run_age(std::vector<std::string> argv, ByteView input, io::Buffer out) {
  return io::run({.argv = std::move(argv),
                  .in = input,
                  .out = out,
                  .err = io::Inherited{},
                  .timeout = kPassphraseWait})
      .hint(Code::kUnreachable, "install it: apt install age");
}

bool is_age_recipient(std::string_view text) {
  return text.starts_with("age1") &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string_view::npos;
}

// The beginning of a file by age: the version, a recipient, the MAC of 32 bytes, and a payload of at least a
// nonce and a tag of 16 bytes each (C2SP age.md, sections "Header" and "Payload").
bool is_age_file(std::string_view text) {
  constexpr std::size_t kMacLine = 5 + 43 + 1;
  const std::size_t mac = text.find("\n--- ");
  return text.starts_with("age-encryption.org/v1\n-> ") && mac != std::string_view::npos &&
         text.size() >= mac + kMacLine + 32 && text[mac + kMacLine - 1] == '\n';
}

// Section "ASCII armor", with whatever mail did to its line ends.
Result<Bytes> open_armor(std::string_view text) {
  text.remove_prefix(kArmorBegin.size());
  text = text.substr(0, text.find_last_not_of(kBlanks) + 1);
  if (!text.ends_with(kArmorEnd)) return fail(Code::kBadInput, "age armor: cut off");
  text.remove_suffix(kArmorEnd.size());
  std::string digits(text);
  std::erase_if(digits, [](char c) { return kBlanks.find(c) != std::string_view::npos; });
  return parse_base64(digits);
}

}  // namespace

Result<> check_sealed(ByteView file) {
  std::string_view text = as_text(file);
  Bytes binary;
  if (text.starts_with(kArmorBegin)) {
    if (auto opened = open_armor(text)) binary = *std::move(opened);
    text = as_text(binary);
  }
  if (is_age_file(text) && !io::holds_private_key(text) &&
      text.find("AGE-SECRET-KEY-1") == std::string_view::npos) {
    return {};
  }
  return fail(Code::kBadInput, "not encrypted by age");
}

Result<std::string> age_recipient(const std::string& given) {
  if (is_age_recipient(given)) return given;
  std::string text = given;
  if (!given.starts_with("ssh-")) {
    HALLIGAN_TRY(const Bytes file, io::read_file(given, kLargestRecipientFile));
    text = std::string(as_text(file));
  }
  HALLIGAN_TRY(const auto line, crypto::parse_public_key_file(text).in(printable(given)));
  const ssh::KeyType type = line.key.type();
  if (type != ssh::KeyType::kEd25519 && type != ssh::KeyType::kRsa) {
    return fail(Code::kBadInput, "age cannot encrypt to a key of type " + std::string(line.key.name()),
                "use an ssh-ed25519 or ssh-rsa key, or one from age-keygen");
  }
  return ssh::format_public_key_line(line.key, "");
}

Result<Bytes> age_encrypt(const Sealing& sealing, ByteView archive) {
  std::vector<std::string> argv{"age", "--encrypt"};
  if (sealing.armor) argv.emplace_back("--armor");
  for (const std::string& recipient : sealing.recipients) {
    argv.emplace_back("--recipient");
    argv.push_back(recipient);
  }
  if (sealing.recipients.empty()) {
    if (!io::have_terminal()) {
      return fail(Code::kNeedsPerson, "cannot ask for a passphrase: no terminal",
                  "name a recipient with --to");
    }
    argv.emplace_back("--passphrase");
  }
  Bytes sealed(kMaxSealed);
  HALLIGAN_TRY(const auto done, run_age(std::move(argv), archive, sealed));
  if (done.exit_code != 0) return fail(Code::kUnreachable, "age failed to encrypt");
  sealed.resize(done.size);
  HALLIGAN_CHECK(check_sealed(sealed));
  return sealed;
}

Result<> age_decrypt(const std::vector<std::string>& identities, ByteView sealed, ArchiveText& out) {
  HALLIGAN_CHECK(check_sealed(sealed));
  std::vector<std::string> argv{"age", "--decrypt"};
  for (const std::string& identity : identities) {
    argv.emplace_back("--identity");
    argv.push_back(identity);
  }
  if (!out.resize(ArchiveText::kCapacity)) return fail(Code::kInternal, "a buffer smaller than itself");
  HALLIGAN_TRY(const auto done, run_age(std::move(argv), sealed, {out.data(), out.size()}));
  if (!out.resize(done.size)) return fail(Code::kInternal, "a buffer smaller than itself");
  if (done.exit_code != 0) {
    out.wipe();
    return fail(Code::kNo, "age cannot decrypt it",
                identities.empty() ? "try the passphrase again, or name the key that it was sealed to with -i"
                                   : "name the private key that it was sealed to with -i");
  }
  return {};
}

}  // namespace halligan::handoff
