#include "ledger/sshd_log.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace halligan::ledger {
namespace {

constexpr std::string_view kAccepted = "Accepted publickey for ";
constexpr std::string_view kPartial = "Partial publickey for ";
// sshd cuts what it gives to syslog off at exactly 500 bytes, and what it writes to stderr at 1021, or a few
// less where an escape would have been split.
constexpr std::size_t kSyslogCut = 500;
constexpr std::size_t kAboutCut = 1000;

// What ends a connection of somebody who has logged in, and where the peer is in each: at the very end, or
// the first of all that is called a port, followed by the reason.
struct End {
  std::string_view start;
  bool reason = false;
};
constexpr std::array<End, 9> kEnds{{{"Disconnected from "},
                                    {"Read error from remote host ", true},
                                    {"Received disconnect from ", true},
                                    {"Connection closed by "},
                                    {"Connection reset by "},
                                    {"Timeout, client not responding from "},
                                    {"terminating inactive connection from "},
                                    {"Disconnecting user ", true},
                                    {"Connection from user ", true}}};

// sshd's log writes bytes that are not plain as \ooo, and a backslash twice.
std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    const std::string_view digits = text.substr(i + 1, 3);
    const auto value = whole_number<unsigned>(digits, 8);
    if (digits.size() == 3 && value.value_or(256) < 256) {
      out += static_cast<char>(*value);
      i += 3;
    } else {
      out += '\\';
      if (text.substr(i + 1, 1) == "\\") ++i;
    }
  }
  return out;
}

const End* end_in(std::string_view message) {
  const auto* end = std::find_if(kEnds.begin(), kEnds.end(),
                                 [&](const End& each) { return message.starts_with(each.start); });
  return end == kEnds.end() ? nullptr : end;
}

// "ADDRESS port 50000" and what follows it.
std::optional<Peer> peer_at(std::string_view message, std::size_t at, std::string_view& after) {
  constexpr std::string_view kPort = " port ";
  if (at == std::string_view::npos || at == 0) return std::nullopt;
  const std::size_t word = message.rfind(' ', at - 1) + 1;
  after = message.substr(at + kPort.size());
  const std::string_view port = after.substr(0, after.find_first_not_of("0123456789"));
  if (port.empty()) return std::nullopt;
  after.remove_prefix(port.size());
  return Peer{std::string(message.substr(word, at - word)), std::string(port)};
}

bool is_fingerprint(std::string_view text) {
  if (text.starts_with("MD5:"))
    return text.size() == 51 && text.find_first_not_of("0123456789abcdef:", 4) == std::string_view::npos;
  return text.size() == 50 && text.starts_with("SHA256:") && text.find(' ') == std::string_view::npos;
}

// Before OpenSSH 6.8 there was MD5 alone, and nothing said so.
std::string fingerprint_in(std::string_view text) {
  const bool old = text.size() == 47 && text[2] == ':';
  return (old ? "MD5:" : "") + std::string(text);
}

// "Accepted publickey for ACCOUNT from ADDRESS port PORT ssh2: TYPE-CERT KEY ID ", which is removed from
// `message`.
std::optional<CertificateLogin> take_login_start(std::string_view& message) {
  CertificateLogin out;
  out.partial = message.starts_with(kPartial);
  message.remove_prefix(out.partial ? kPartial.size() : kAccepted.size());
  const auto account = before(message, " from ");
  const auto address = before(message, " port ");
  const auto port = before(message, " ssh2: ");
  const auto type = before(message, "-CERT ");
  // Before OpenSSH 7.9 the key was not named.
  const bool named = !message.starts_with("ID ");
  const auto key = named ? before(message, " ID ") : before(message, "ID ");
  if (!account || !address || !port || !type || !key) return std::nullopt;
  out.account = *account;
  out.address = *address;
  out.port = *port;
  out.key = fingerprint_in(*key);
  return out;
}

// Messages with a text in them that whoever connects has chosen. A login is never told in one of these.
constexpr std::array<std::string_view, 34> kQuoting{
    "Accepted certificate ID ",
    "Address ",
    "Authentication key ",
    "Bad protocol version identification ",
    "Certificate ",
    "Connection closed by ",
    "Connection from ",
    "Connection reset by ",
    "Did not receive identification string ",
    "Disconnected from ",
    "Disconnecting ",
    "Failed ",
    "Found matching ",
    "Invalid user ",
    "Postponed ",
    "ROOT LOGIN REFUSED ",
    "Received disconnect from ",
    "Starting session: ",
    "Timeout before authentication for ",
    "Unable to negotiate with ",
    "User ",
    "Accepted key ",
    "banner exchange: ",
    "debug1: ",
    "debug2: ",
    "debug3: ",
    "error: ",
    "fatal: ",
    "input_userauth_request: ",
    "kex_exchange_identification: ",
    "maximum authentication attempts exceeded for ",
    "pam_",
    "reverse mapping checking getaddrinfo for ",
    "subsystem request for ",
};

}  // namespace

bool tells_login(std::string_view message) {
  return message.starts_with(kAccepted) || message.starts_with(kPartial);
}

bool quotes_stranger(std::string_view message) {
  return std::ranges::any_of(kQuoting, [&](std::string_view start) { return message.starts_with(start); });
}

std::size_t find_login(std::string_view text) {
  const std::size_t at = std::min(text.find(kAccepted), text.find(kPartial));
  return at != std::string_view::npos && text.find("-CERT ", at) != std::string_view::npos
             ? at
             : std::string_view::npos;
}

Result<std::optional<CertificateLogin>> parse_certificate_login(std::string_view message) {
  // In the line of a plain key nothing comes from a client.
  if (!tells_login(message) || message.find("-CERT ") == std::string_view::npos) return std::nullopt;
  if (message.size() == kSyslogCut || message.size() >= kAboutCut) {
    return fail(
        Code::kBadInput,
        "sshd cuts messages off at 500 bytes for syslog and at about 1021 elsewhere, and this one has " +
            std::to_string(message.size()) + ": the part after its key ID may belong to the key ID");
  }
  auto login = take_login_start(message);
  const auto odd = [] { return fail(Code::kBadInput, "not in the form in which sshd writes it"); };
  if (!login) return odd();
  // The key ID may hold anything, also what looks like the end of the message: the last match is the end.
  const std::size_t ca = message.rfind(" CA ");
  const std::size_t serial = message.rfind(" (serial ", ca);
  if (ca == std::string_view::npos || serial == std::string_view::npos || message[ca - 1] != ')')
    return odd();
  const auto number = whole_number<std::uint64_t>(message.substr(serial + 9, ca - 1 - (serial + 9)));
  const std::string_view authority = message.substr(ca + 4);
  const std::size_t blank = authority.find(' ');
  if (!number || blank == std::string_view::npos || !whole_number<std::uint16_t>(login->port)) return odd();
  login->key_id = unescape(message.substr(0, serial));
  login->serial = *number;
  login->authority = fingerprint_in(authority.substr(blank + 1));
  if ((!login->key.empty() && !is_fingerprint(login->key)) || !is_fingerprint(login->authority)) {
    return fail(Code::kBadInput, "its fingerprints are neither SHA256 nor MD5 ones");
  }
  return login;
}

std::optional<CutLogin> parse_cut_login(std::string_view message) {
  if (!tells_login(message)) return std::nullopt;
  auto login = take_login_start(message);
  if (!login || !is_fingerprint(login->key)) return std::nullopt;
  // The cut may go through an escape.
  const std::size_t escape = message.rfind('\\');
  if (escape != std::string_view::npos && message.size() - escape < 4) message = message.substr(0, escape);
  return CutLogin{*std::move(login), unescape(message)};
}

std::optional<Peer> parse_connection_end(std::string_view message) {
  const End* end = end_in(message);
  if (end == nullptr || message.ends_with("[preauth]")) return std::nullopt;
  const std::string_view who = message.substr(end->start.size());
  if (who.starts_with("invalid user ") || who.starts_with("authenticating user ")) return std::nullopt;
  // What strangers type comes after the peer, where there is a reason; a name is that of an account.
  std::string_view after;
  auto peer = peer_at(message, end->reason ? message.find(" port ") : message.rfind(" port "), after);
  if (!peer || (!end->reason && !after.empty())) return std::nullopt;
  return peer;
}

bool ends_process(std::string_view message) {
  const std::size_t at = message.find("(sshd:session): session closed for user ");
  return message.starts_with("pam_") && at < message.find(' ');
}

std::optional<Peer> parse_any_login(std::string_view message) {
  if (!message.starts_with("Accepted ")) return std::nullopt;
  std::string_view after;
  return peer_at(message, message.find(" port "), after);
}

}  // namespace halligan::ledger
