// Logs in JSON: the journal's, Docker's, and what is left of others.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "ledger/log_forms.hpp"

namespace halligan::ledger {
namespace {

std::string text_member(const nlohmann::json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// A message that is not UTF-8 comes as an array of bytes.
std::string message_member(const nlohmann::json& json) {
  const auto found = json.find("MESSAGE");
  if (found == json.end() || !found->is_array()) return text_member(json, "MESSAGE");
  std::string out;
  for (const auto& byte : *found) {
    if (!byte.is_number_unsigned() || byte.get<std::uint64_t>() > 255) return {};
    out += static_cast<char>(byte.get<std::uint8_t>());
  }
  return out;
}

bool is_ssh_unit(std::string_view unit) {
  return unit.starts_with("ssh.") || unit.starts_with("sshd.") || unit.starts_with("ssh@") ||
         unit.starts_with("sshd@");
}

// Who wrote it, by what is known best: the kernel's word comes before the sender's own.
Writer writer_of(const JournalEntry& entry, std::string_view message) {
  const bool named = is_sshd(entry.identifier);
  for (const std::string& program : {entry.command, entry.program}) {
    if (program.empty()) continue;
    // Any user's program may be called sshd. The one that lets people in runs as root.
    if (is_sshd(program)) {
      const bool others = !entry.user.empty() && entry.user != "0";
      return tells_login(message) && others ? Writer::kProven : Writer::kSshd;
    }
    // What runs a container passes on what is said in it, and so does root's syslogd for other hosts.
    const bool carrier = !entry.container.empty() || (named && entry.user == "0");
    return carrier ? Writer::kOther : Writer::kProven;
  }
  return named || is_ssh_unit(entry.unit) ? Writer::kSshd : Writer::kOther;
}

// The bytes of an array of numbers that begins at line[at], "[65, 99", as far as it is one.
std::size_t take_bytes(std::string_view line, std::size_t at, std::string& out) {
  constexpr std::string_view kBlanks = " \t\r\n";
  while (true) {
    const std::size_t start = std::min(line.find_first_not_of(kBlanks, at + 1), line.size());
    const std::size_t end = std::min(line.find_first_not_of("0123456789", start), line.size());
    const auto byte = whole_number<std::uint8_t>(line.substr(start, end - start));
    if (!byte) return at;
    out += static_cast<char>(*byte);
    at = std::min(line.find_first_not_of(kBlanks, end), line.size());
    if (at == line.size() || line[at] != ',') return end - 1;
  }
}

JournalEntry entry_of(const nlohmann::json& json) {
  const auto micros = whole_number<std::uint64_t>(text_member(json, "__REALTIME_TIMESTAMP"));
  return {.micros = micros.value_or(0),
          .message = message_member(json),
          .host = text_member(json, "_HOSTNAME"),
          .user = text_member(json, "_UID"),
          .command = text_member(json, "_COMM"),
          .program = text_member(json, "_EXE"),
          .identifier = text_member(json, "SYSLOG_IDENTIFIER"),
          .unit = text_member(json, "_SYSTEMD_UNIT"),
          .container = json.contains("CONTAINER_ID") ? "yes" : "",
          .syslog_process = text_member(json, "SYSLOG_PID"),
          .process = text_member(json, "_PID")};
}

std::string_view indent_of(std::string_view line) {
  return line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
}

bool is_after(std::string_view line, std::string_view indent, std::string_view text) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line.starts_with(indent) && line.substr(indent.size()) == text;
}

}  // namespace

std::string_view next_record(std::string_view& log) {
  constexpr std::size_t kLargestObject = 64 * 1024;
  const char* const start = log.data();
  const std::string_view first = next_line(log);
  const std::string_view indent = indent_of(first);
  const bool object = is_after(first, indent, "{");
  const bool array = first.ends_with('[');
  std::string_view rest = log;
  while (!rest.empty() && (object || array)) {
    const std::string_view line = next_line(rest);
    const auto size = static_cast<std::size_t>(line.data() - start);
    if (object) {
      if (size > kLargestObject || !line.starts_with(indent) || is_after(line, indent, "{")) break;
      if (!is_after(line, indent, "}") && !is_after(line, indent, "},")) continue;
      const auto whole = std::string_view(start, size + indent.size() + 1).substr(indent.size());
      if (!nlohmann::json::accept(whole)) break;
      log = rest;
      return whole;
    }
    // An array of bytes in an object that is not whole
    if (line.find_first_not_of(" \t\r0123456789,") == std::string_view::npos && !line.empty()) {
      log = rest;
      continue;
    }
    return {start, size - 1};
  }
  return array ? std::string_view(start, static_cast<std::size_t>(log.data() - start)) : first;
}

LogLine journal_message(const JournalEntry& entry) {
  std::string_view message = entry.message;
  LogLine out{.host = entry.host,
              .process = entry.process.empty() ? entry.syslog_process : entry.process,
              .returned = drop_return(message)};
  if (entry.micros != 0) out.time = entry.micros / 1000000;
  out.message = unwrapped(message);
  out.writer = writer_of(entry, out.message);
  out.carried = out.writer == Writer::kOther;
  return out;
}

std::optional<LogLine> read_json(std::string_view line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  if (json.contains("MESSAGE")) return journal_message(entry_of(json));
  const std::string log = text_member(json, "log");
  if (log.empty()) return std::nullopt;
  return bare(iso_time(text_member(json, "time")), log);
}

std::string without_json_escapes(std::string_view line, bool json) {
  std::string out;
  bool text = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    out += line[i];
    if (json && line[i] == '"') text = !text;
    if (line[i] == '[' && !text) i = take_bytes(line, i, out);
    if (line[i] != '\\' || i + 1 >= line.size()) continue;
    const auto value = whole_number<unsigned>(line.substr(std::min(i + 2, line.size()), 4), 16);
    if (line[i + 1] == 'u' && i + 6 <= line.size() && value && *value >= ' ' && *value <= '~') {
      out.back() = static_cast<char>(*value);
      i += 5;
    } else {
      out += line[++i];
    }
  }
  return out;
}

}  // namespace halligan::ledger
