// Messages of sshd, read from logs: its own stderr, syslog in three forms, and journald's JSON.
// Logs come from hosts and hold what strangers typed: nothing here is trusted to be well formed.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace halligan::ledger {

/// One message of sshd.
struct LogLine {
  std::optional<std::uint64_t> time;  ///< Unix seconds; sshd's own stderr has none
  std::string host;                   ///< empty likewise
  std::string message;
  std::uint64_t times = 1;  ///< rsyslog's "message repeated 3 times: [ MESSAGE]"
};

/// One line of
///   Nov 22 06:55:12 web1 sshd[71]: MESSAGE                       syslog, journalctl (also -o short-precise);
///                                                                local time, no year; "<38>" may be in front
///   2026-11-22T06:55:12.5+01:00 web1 sshd-session[71]: MESSAGE   rsyslog's, journalctl -o short-iso
///   1795330512.5 web1 sshd[71]: MESSAGE                          journalctl -o short-unix
///   <38>1 2026-11-22T06:55:12Z web1 sshd 71 - - MESSAGE          RFC 5424
///   {"MESSAGE":…,"__REALTIME_TIMESTAMP":…,…}                     journalctl -o json
///   MESSAGE                                                      sshd -e; only "Accepted publickey …",
///   "Partial publickey …" and ends
/// @param now Unix seconds: a time without a year is the last one that is not more than a day ahead
/// @return nothing for lines of other programs and for what is none of these
std::optional<LogLine> parse_log_line(std::string_view line, std::uint64_t now);

/// Does a line of none of these forms tell of a login with a certificate all the same, by sshd as it seems?
bool hides_login(std::string_view line);

/// A login with a certificate, as sshd tells of it at LogLevel INFO; in part, where AuthenticationMethods
/// requires more than one method, at VERBOSE.
struct CertificateLogin {
  std::string account;
  std::string address;
  std::string port;
  std::string key;     ///< fingerprint of the certified key, "SHA256:…"
  std::string key_id;  ///< as bytes: the octal escapes of the log are undone
  std::uint64_t serial = 0;
  std::string authority;  ///< fingerprint of the CA
  bool partial = false;   ///< another method is to follow
};

/// "Accepted publickey for root from 192.0.2.1 port 22 ssh2: ED25519-CERT SHA256:… ID … (serial 1) CA …
/// SHA256:…", or "Partial publickey …".
/// @return nothing for all other messages
/// @errors kBadInput: it is such a message, but may have been cut off, or cannot be read; the text says why
Result<std::optional<CertificateLogin>> parse_certificate_login(std::string_view message);

/// The part of such a message before the place where sshd may have cut it off.
struct CutLogin {
  CertificateLogin login;  ///< key_id, serial and authority are not known
  std::string tail;        ///< "KEY ID (serial 1) CA …", escapes undone, as far as it goes
};
std::optional<CutLogin> parse_cut_login(std::string_view message);

/// The other end of a connection.
struct Peer {
  std::string address;
  std::string port;

  auto operator<=>(const Peer&) const = default;
};

/// Whose connection this message ends, if it ends one that had logged in: what strangers do before a login,
/// and the names that they give, are in other messages.
std::optional<Peer> parse_connection_end(std::string_view message);

/// Whose connection this message begins, by whatever method: an older one of the same address and port is
/// over.
std::optional<Peer> parse_any_login(std::string_view message);

}  // namespace halligan::ledger
