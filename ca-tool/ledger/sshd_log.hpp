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

/// Whose message it is.
enum class Writer {
  kSshd,    ///< as far as the log can say
  kOther,   ///< a tag names another program; in a container's log that may be the container
  kProven,  ///< another program, by the word of the kernel (journald), or another user's
};

/// One message.
struct LogLine {
  std::optional<std::uint64_t> time{};  ///< Unix seconds; sshd's own stderr has none
  std::string host{};                   ///< empty likewise
  std::string process{};                ///< its ID, where the log has one
  std::string message{};
  std::uint64_t times = 1;  ///< rsyslog's "message repeated 3 times: [ MESSAGE]"
  Writer writer = Writer::kSshd;
  bool carried = false;   ///< what sshd -e wrote to standard error, line by line
  bool returned = false;  ///< it ended in a carriage return, as sshd -e ends its messages
};

/// An entry of the journal. Names that begin with "_" there are journald's own word, the others the sender's.
struct JournalEntry {
  std::uint64_t micros = 0;      ///< __REALTIME_TIMESTAMP; 0: not known
  std::string message{};         ///< MESSAGE
  std::string host{};            ///< _HOSTNAME
  std::string user{};            ///< _UID
  std::string command{};         ///< _COMM
  std::string program{};         ///< _EXE
  std::string identifier{};      ///< SYSLOG_IDENTIFIER
  std::string unit{};            ///< _SYSTEMD_UNIT
  std::string container{};       ///< CONTAINER_ID
  std::string syslog_process{};  ///< SYSLOG_PID
  std::string process{};         ///< _PID
};

/// What a line of a log is: a message that counts, one that does not, or one in which a login may hide.
struct ReadLine {
  std::optional<LogLine> line{};  ///< of sshd, or a login with a certificate by whatever name
  std::string unreadable{};       ///< why a login that seems to be in it cannot be read
  bool quoted = false;            ///< words of a login are in it, which somebody else wrote
};

/// One line of
///   Nov 22 06:55:12 web1 sshd[71]: MESSAGE                       syslog, journalctl (also -o short-precise);
///                                                                local time, no year; "<38>" may be in front
///   2026-11-22T06:55:12.5+01:00 web1 sshd-session[71]: MESSAGE   rsyslog's, journalctl -o short-iso
///   1795330512.5 web1 sshd[71]: MESSAGE                          journalctl -o short-unix
///   Sun 2026-11-22 06:55:12 UTC web1 sshd[71]: MESSAGE           journalctl -o short-full
///   <38>1 2026-11-22T06:55:12Z web1 sshd 71 - - MESSAGE          RFC 5424
///   {"MESSAGE":…,"__REALTIME_TIMESTAMP":…,…}                     journalctl -o json, json-seq, json-sse
///   {"log":…,"time":…}                                           Docker's JSON file
///   MESSAGE                                                      sshd -e; only "Accepted publickey …",
///   "Partial publickey …", ends, and what quotes strangers
/// and of these in whatever wraps them: busybox' "auth.info", Solaris' "[ID 800047 auth.info]", the place in
/// the source that LogVerbose adds, CRI's "stderr F", compose's "web-1  | ", NULs. Wherever "Accepted
/// publickey for … -CERT …" stands in a line, it is read as a login, or it is in a text that somebody else
/// wrote, or the line is unreadable.
/// @param now Unix seconds: a time without a year is the last one that is not more than a day ahead
ReadLine read_log_line(std::string_view line, std::uint64_t now);

ReadLine read_journal_entry(const JournalEntry& entry);

/// Take what read_log_line() reads off the front of a log: a line, or the lines of one object in JSON that is
/// laid out (journalctl -o json-pretty), or of one of its arrays if it is not whole.
/// @return a view of `log`, without the newline after it, except at the end
std::string_view next_record(std::string_view& log);

/// Is it what is left of a login with a certificate whose start is missing, as at the top of a log that was
/// cut?
bool lost_start(std::string_view line);
/// Is it the start of what may be such a login, as at the bottom of a log that was cut?
bool lost_end(std::string_view line);

/// Does it begin like a message about a login with a public key?
bool tells_login(std::string_view message);
/// Does sshd quote in such a message what a stranger sent: a name, a version, a reason?
bool quotes_stranger(std::string_view message);
/// Where a login with a certificate seems to begin in it; npos: nowhere.
std::size_t find_login(std::string_view text);

/// A login with a certificate, as sshd tells of it at LogLevel INFO; in part, where AuthenticationMethods
/// requires more than one method, at VERBOSE.
struct CertificateLogin {
  std::string account;
  std::string address;
  std::string port;
  std::string key;  ///< fingerprint of the certified key, "SHA256:…" or "MD5:…"; empty before OpenSSH 7.9
  std::string key_id;  ///< as bytes: the octal escapes of the log are undone
  std::uint64_t serial = 0;
  std::string authority;  ///< fingerprint of the CA
  bool partial = false;   ///< another method is to follow

  bool operator==(const CertificateLogin&) const = default;
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

/// Does PAM say in it that the session of the process that wrote it is over? That process is the one that
/// logged the login.
bool ends_process(std::string_view message);

/// Whose connection this message begins, by whatever method: an older one of the same address and port is
/// over.
std::optional<Peer> parse_any_login(std::string_view message);

}  // namespace halligan::ledger
