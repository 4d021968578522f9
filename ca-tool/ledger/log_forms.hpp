// The parts of read_log_line(): times, JSON, and what wraps a message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/sshd_log.hpp"

namespace halligan::ledger {

/// "2026-11-22T06:55:12.5Z", or with +01:00 or +0100. @return Unix seconds
std::optional<std::uint64_t> iso_time(std::string_view text);

/// The time at the start of a line, which is removed with the blank after it: iso_time(), "1795330512.5",
/// "Nov 22 06:55:12.5", "Sun 2026-11-22 06:55:12 UTC". On failure the line is left as it is.
/// @param now as for read_log_line(). @return Unix seconds
std::optional<std::uint64_t> take_time(std::string_view& line, std::uint64_t now);

/// Is that the name of one of sshd's programs: "sshd[71]", "/usr/sbin/sshd", "sshd-session"?
bool is_sshd(std::string_view program);

/// Without what may stand before a message: Solaris' "[ID 800047 auth.info] ", and the place in the source
/// that LogVerbose adds, "auth.c:auth_log():376 (pid=71): ".
std::string_view unwrapped(std::string_view message);

/// Remove the carriage return that sshd -e ends its messages in, which rsyslog writes as "#015", and the
/// newline that Docker leaves after it. @return was there one?
bool drop_return(std::string_view& message);

/// A message that nothing says the writer of: sshd's if it is known to write such messages.
LogLine bare(std::optional<std::uint64_t> time, std::string_view message);

/// The message of an entry, whose writer is known as far as journald knows it.
LogLine journal_message(const JournalEntry& entry);

/// An object of journalctl -o json, or of Docker's JSON file.
std::optional<LogLine> read_json(std::string_view line);

/// A line with what JSON may write otherwise put back: letters that are escaped, and texts that are arrays of
/// bytes. Only what is printable ASCII matters here.
/// @param json the line is JSON: what looks like an array in one of its texts is none
std::string without_json_escapes(std::string_view line, bool json);

}  // namespace halligan::ledger
