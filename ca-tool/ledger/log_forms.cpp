// The forms of logs, and what wraps them.
#include <algorithm>
#include <array>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "ledger/sshd_log.hpp"

namespace halligan::ledger {
namespace {

constexpr std::size_t kLongestLogLine = 64 * 1024;
constexpr std::uint64_t kDay = 86400;
constexpr std::size_t kLongestPriority = 5;  // "<191"
constexpr std::uint64_t kMostRepetitions = 100000;
constexpr std::string_view kRepeated = "message repeated ";

// A number of exactly so many digits within its limits.
std::optional<int> field(std::string_view text, std::size_t at, std::size_t digits, int low, int high) {
  if (text.size() < at + digits) return std::nullopt;
  const auto value = whole_number<int>(text.substr(at, digits));
  if (!value || *value < low || *value > high) return std::nullopt;
  return value;
}

// ".5", if it is there
void skip_fraction(std::string_view& text) {
  if (text.starts_with('.'))
    text.remove_prefix(std::min(text.find_first_not_of("0123456789", 1), text.size()));
}

bool is_sshd(std::string_view program) {
  program = program.substr(0, program.find('['));
  program.remove_prefix(program.rfind('/') + 1);
  if (program.ends_with(':')) program.remove_suffix(1);
  return program == "sshd" || program == "sshd-session" || program == "sshd-auth";
}

bool is_ssh_unit(std::string_view unit) {
  return unit.starts_with("ssh.") || unit.starts_with("sshd.") || unit.starts_with("ssh@") ||
         unit.starts_with("sshd@");
}

// Solaris' "[ID 800047 auth.info] ", and the place in the source that LogVerbose adds:
// "auth.c:auth_log():376 (pid=71): ".
std::string_view unwrapped(std::string_view message) {
  std::string_view rest = message;
  if (rest.starts_with("[ID ") && before(rest, "] ")) message = rest;
  rest = message;
  const auto place = before(rest, "): ");
  const bool verbose = place && place->find(".c:") < place->find(' ') &&
                       place->find("():") < place->find(' ') && place->find(" (") != std::string_view::npos;
  return verbose ? rest : message;
}

std::optional<std::uint64_t> positive(std::time_t time) {
  if (time < 0) return std::nullopt;
  return static_cast<std::uint64_t>(time);
}

// "06:55:12"
bool clock_time(std::string_view text, std::tm& out) {
  const auto hour = field(text, 0, 2, 0, 23);
  const auto minute = field(text, 3, 2, 0, 59);
  const auto second = field(text, 6, 2, 0, 60);
  if (!hour || !minute || !second || text[2] != ':' || text[5] != ':') return false;
  out.tm_hour = *hour;
  out.tm_min = *minute;
  out.tm_sec = *second;
  return true;
}

// "2026-11-22T06:55:12", then a fraction or none, then Z, +01:00 or +0100.
std::optional<std::uint64_t> iso_time(std::string_view text) {
  const auto year = field(text, 0, 4, 1970, 9999);
  const auto month = field(text, 5, 2, 1, 12);
  const auto day = field(text, 8, 2, 1, 31);
  if (!year || !month || !day || text.size() < 19) return std::nullopt;
  std::tm tm{};
  if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || !clock_time(text.substr(11), tm))
    return std::nullopt;
  text.remove_prefix(19);
  skip_fraction(text);
  tm.tm_year = *year - 1900;
  tm.tm_mon = *month - 1;
  tm.tm_mday = *day;
  const std::time_t local = ::timegm(&tm);
  if (text == "Z") return positive(local);
  if (text.size() < 5 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto hours = field(text, 1, 2, 0, 23);
  const auto minutes = field(text, text[3] == ':' ? 4 : 3, 2, 0, 59);
  if (!hours || !minutes || text.size() != (text[3] == ':' ? 6U : 5U)) return std::nullopt;
  const std::time_t offset = *hours * 3600 + *minutes * 60;
  return positive(text[0] == '+' ? local - offset : local + offset);
}

// "Nov 22 06:55:12", "Nov  2 06:55:12".
std::optional<std::uint64_t> bsd_time(std::string_view text, std::uint64_t now) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  std::tm read{};
  if (text.size() != 15 || text[3] != ' ' || text[6] != ' ' || !clock_time(text.substr(7), read))
    return std::nullopt;
  const std::size_t month = kMonths.find(text.substr(0, 3));
  const auto day = text[4] == ' ' ? field(text, 5, 1, 1, 9) : field(text, 4, 2, 1, 31);
  if (month == std::string_view::npos || month % 3 != 0 || !day) return std::nullopt;
  read.tm_mon = static_cast<int>(month / 3);
  read.tm_mday = *day;
  read.tm_isdst = -1;
  const auto now_time = static_cast<std::time_t>(now);
  std::tm today{};
  if (::localtime_r(&now_time, &today) == nullptr) return std::nullopt;
  for (const int year : {today.tm_year + 1, today.tm_year, today.tm_year - 1}) {
    std::tm tm = read;
    tm.tm_year = year;
    const auto time = positive(::mktime(&tm));
    if (time && *time <= now + kDay) return time;
  }
  return std::nullopt;
}

// HOST sshd[71]: MESSAGE; busybox puts "auth.info " before the program.
std::optional<LogLine> host_and_message(std::optional<std::uint64_t> time, std::string_view rest) {
  const auto host = before(rest, " ");
  auto program = before(rest, ": ");
  if (!time || !host || !program) return std::nullopt;
  if (const std::size_t blank = program->find(' '); program->substr(0, blank).find('.') < blank)
    program->remove_prefix(blank + 1);
  // Another form, in which the first ": " is in the message.
  if (program->empty() || program->find(' ') != std::string_view::npos) return std::nullopt;
  return LogLine{.time = time,
                 .host = std::string(*host),
                 .message = std::string(unwrapped(rest)),
                 .writer = is_sshd(*program) ? Writer::kSshd : Writer::kOther};
}

// <38>1 TIME HOST sshd 71 MSGID SD MESSAGE
std::optional<LogLine> rfc5424(std::string_view line) {
  if (!before(line, ">1 ")) return std::nullopt;
  const auto time = before(line, " ");
  const auto host = before(line, " ");
  const auto program = before(line, " ");
  if (!time || !host || !program || !before(line, " ") || !before(line, " ")) return std::nullopt;
  // Structured data is "-" or elements in brackets, whose values may hold quoted brackets and blanks.
  bool quoted = false;
  bool element = false;
  std::size_t i = 0;
  for (; i < line.size() && (element || line[i] != ' '); ++i) {
    if (quoted && line[i] == '\\') {
      ++i;
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && (line[i] == '[' || line[i] == ']')) {
      element = line[i] == '[';
    }
  }
  if (i >= line.size()) return std::nullopt;
  line.remove_prefix(i + 1);
  if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  const auto parsed = iso_time(*time);
  if (!parsed) return std::nullopt;
  return LogLine{.time = parsed,
                 .host = std::string(*host),
                 .message = std::string(unwrapped(line)),
                 .writer = is_sshd(*program) ? Writer::kSshd : Writer::kOther};
}

// "1795330512.123456"
std::optional<std::uint64_t> unix_time(std::string_view text) {
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos || !whole_number<std::uint64_t>(text.substr(point + 1)))
    return std::nullopt;
  return whole_number<std::uint64_t>(text.substr(0, point));
}

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

// Who wrote it, by what is known best: the kernel's word comes before the sender's own.
Writer writer_of(const nlohmann::json& json, std::string_view message) {
  for (const char* name : {"_COMM", "_EXE"}) {
    const std::string program = text_member(json, name);
    if (program.empty()) continue;
    if (!is_sshd(program)) break;
    // Any user's program may be called sshd. The one that lets people in runs as root.
    const std::string user = text_member(json, "_UID");
    return tells_login(message) && !user.empty() && user != "0" ? Writer::kProven : Writer::kSshd;
  }
  const bool kernel = json.contains("_COMM") || json.contains("_EXE");
  // What runs a container passes on what is said in it.
  if (kernel) return json.contains("CONTAINER_ID") ? Writer::kOther : Writer::kProven;
  const bool named =
      is_sshd(text_member(json, "SYSLOG_IDENTIFIER")) || is_ssh_unit(text_member(json, "_SYSTEMD_UNIT"));
  return named ? Writer::kSshd : Writer::kOther;
}

// Without a wrapper: sshd -e, and what passes that on.
LogLine bare(std::optional<std::uint64_t> time, std::string_view message) {
  message = unwrapped(message);
  const bool quoted = quotes_stranger(message) && find_login(message) != std::string_view::npos;
  const bool known = tells_login(message) || parse_connection_end(message) || quoted;
  return {.time = time, .message = std::string(message), .writer = known ? Writer::kSshd : Writer::kOther};
}

std::optional<LogLine> in_json(std::string_view line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  if (json.contains("MESSAGE")) {
    LogLine out{.host = text_member(json, "_HOSTNAME"),
                .message = std::string(unwrapped(message_member(json)))};
    if (const auto micros = whole_number<std::uint64_t>(text_member(json, "__REALTIME_TIMESTAMP")))
      out.time = *micros / 1000000;
    out.writer = writer_of(json, out.message);
    return out;
  }
  std::string log = text_member(json, "log");
  if (log.empty()) return std::nullopt;
  while (log.ends_with('\n') || log.ends_with('\r')) log.pop_back();
  return bare(iso_time(text_member(json, "time")), log);
}

void undo_repetition(LogLine& line) {
  std::string_view rest = line.message;
  if (!rest.starts_with(kRepeated)) return;
  rest.remove_prefix(kRepeated.size());
  const auto count = before(rest, " times: [ ");
  const auto times = count ? whole_number<std::uint64_t>(*count) : std::nullopt;
  if (!times || *times > kMostRepetitions || !rest.ends_with(']')) return;
  line.times = *times;
  line.message = std::string(rest.substr(0, rest.size() - 1));
}

std::optional<LogLine> in_one_of_the_forms(std::string_view line, std::uint64_t now) {
  if (line.empty() || line.size() > kLongestLogLine) return std::nullopt;
  if (line[0] == '{') return in_json(line);
  if (line[0] == '<') {
    if (line.find(">1 ") < kLongestPriority) return rfc5424(line);
    if (!before(line, ">")) return std::nullopt;
  }
  if (LogLine plain = bare(std::nullopt, line); plain.writer == Writer::kSshd) return plain;
  if (!line.empty() && line[0] >= '0' && line[0] <= '9') {
    const auto time = before(line, " ");
    if (!time) return std::nullopt;
    return host_and_message(time->find('T') != std::string_view::npos ? iso_time(*time) : unix_time(*time),
                            line);
  }
  if (line.size() < 17) return std::nullopt;
  const auto time = bsd_time(line.substr(0, 15), now);
  line.remove_prefix(15);
  skip_fraction(line);
  if (!line.starts_with(' ')) return std::nullopt;
  return host_and_message(time, line.substr(1));
}

// JSON may write any letter as an escape: "\u0041ccepted". Only what is in ASCII matters here.
std::string without_json_escapes(std::string_view line) {
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    out += line[i];
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

// A login in a wrapper that is not known: its text is to the end of the line.
ReadLine wrapped_login(std::string_view line, std::size_t at) {
  const std::string_view message = line.substr(at);
  const auto login = parse_certificate_login(message);
  if (!login || !*login) return {.unreadable = "unknown log format"};
  // "2026-11-22T06:55:12Z stderr F " and the like
  return {.line = LogLine{.time = iso_time(line.substr(0, line.find(' '))), .message = std::string(message)}};
}

}  // namespace

ReadLine read_log_line(std::string_view line, std::uint64_t now) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  line.remove_prefix(std::min(line.find_first_not_of('\0'), line.size()));  // of a log that was truncated
  auto read = in_one_of_the_forms(line, now);
  const std::size_t login = find_login(line);
  if (read && read->writer == Writer::kProven) return {};
  const bool json = line.find('{') != std::string_view::npos && line.find("\\u00") != std::string_view::npos;
  const bool read_it =
      login != std::string_view::npos || (read && find_login(read->message) != std::string::npos);
  if (json && !read_it && find_login(without_json_escapes(line)) != std::string_view::npos)
    return {.unreadable = "unknown log format"};
  if (!read) return login == std::string_view::npos ? ReadLine{} : wrapped_login(line, login);
  undo_repetition(*read);
  const std::size_t inside = find_login(read->message);
  if (tells_login(read->message) && (read->writer == Writer::kSshd || inside == 0))
    return {.line = std::move(read)};
  if (login != std::string_view::npos && inside == std::string_view::npos) return wrapped_login(line, login);
  if (read->writer == Writer::kSshd) {
    const bool stranger = inside == std::string_view::npos || quotes_stranger(read->message);
    if (stranger) return {.line = std::move(read)};
    return {.unreadable = "a login in a message that sshd is not known to write"};
  }
  if (inside == std::string_view::npos) return {};
  // Words of a command that looks for logins are none.
  const std::string_view message = std::string_view(read->message).substr(inside);
  if (!parse_certificate_login(message) && !parse_cut_login(message)) return {};
  return {.unreadable = "a login in another program's message"};
}

}  // namespace halligan::ledger
