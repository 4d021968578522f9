// The forms of logs, and what wraps them.
#include "ledger/log_forms.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace halligan::ledger {
namespace {

constexpr std::size_t kLongestLogLine = 1024 * 1024;
constexpr std::size_t kLongestPriority = 5;  // "<191"
constexpr std::uint64_t kMostRepetitions = 100000;
constexpr std::string_view kRepeated = "message repeated ";
constexpr std::string_view kUnknown = "unknown log format";

LogLine tagged(std::optional<std::uint64_t> time, std::string_view host, std::string_view program,
               std::string_view process, std::string_view message) {
  const bool returned = drop_return(message);
  return {.time = time,
          .host = std::string(host),
          .process = std::string(process),
          .message = std::string(unwrapped(message)),
          .writer = is_sshd(program) ? Writer::kSshd : Writer::kOther,
          .carried = !is_sshd(program),
          .returned = returned};
}

// HOST sshd[71]: MESSAGE; busybox puts "auth.info " before the program.
std::optional<LogLine> host_and_message(std::optional<std::uint64_t> time, std::string_view rest) {
  const auto host = before(rest, " ");
  auto program = before(rest, ": ");
  if (!host || !program) return std::nullopt;
  if (const std::size_t blank = program->find(' '); program->substr(0, blank).find('.') < blank)
    program->remove_prefix(blank + 1);
  // Another form, in which the first ": " is in the message.
  if (program->empty() || program->find(' ') != std::string_view::npos) return std::nullopt;
  const std::string_view name = *program;
  before(*program, "[");
  return tagged(time, *host, name, name.ends_with(']') ? program->substr(0, program->size() - 1) : "", rest);
}

// <38>1 TIME HOST sshd 71 MSGID SD MESSAGE
std::optional<LogLine> rfc5424(std::string_view line) {
  if (!before(line, ">1 ")) return std::nullopt;
  const auto time = before(line, " ");
  const auto host = before(line, " ");
  const auto program = before(line, " ");
  const auto process = before(line, " ");
  if (!time || !host || !program || !process || !before(line, " ")) return std::nullopt;
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
  return tagged(parsed, *host, *program, *process == "-" ? "" : *process, line);
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

// What a name of a container's log has: "web-1  | " of compose.
void skip_container(std::string_view& line) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  const std::size_t end = std::min(line.find_first_not_of(kLetters), line.size());
  const std::size_t bar = std::min(line.find_first_not_of(' ', end), line.size());
  if (end != 0 && bar > end && line.substr(bar).starts_with("| ")) line.remove_prefix(bar + 2);
}

// "stderr F " of CRI, "stderr ".
bool skip_stream(std::string_view& line) {
  if (!line.starts_with("stdout ") && !line.starts_with("stderr ")) return false;
  line.remove_prefix(7);
  if (line.starts_with("F ") || line.starts_with("P ")) line.remove_prefix(2);
  return true;
}

std::optional<LogLine> in_one_of_the_forms(std::string_view line, std::uint64_t now) {
  if (line.empty() || line.size() > kLongestLogLine) return std::nullopt;
  // journalctl -o json-seq and json-sse
  if (line[0] == '\x1e') line.remove_prefix(1);
  if (line.starts_with("data: {")) line.remove_prefix(6);
  if (line.starts_with('{')) return read_json(line);
  if (line.starts_with('<')) {
    if (line.find(">1 ") < kLongestPriority) return rfc5424(line);
    if (!before(line, ">")) return std::nullopt;
  }
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  if (line.starts_with("MESSAGE=")) line.remove_prefix(8);  // journalctl -o export and verbose
  skip_container(line);
  if (LogLine plain = bare(std::nullopt, line); plain.writer == Writer::kSshd) return plain;
  const auto time = take_time(line, now);
  if (!time) return std::nullopt;
  const bool stream = skip_stream(line);
  if (LogLine plain = bare(time, line); stream || plain.writer == Writer::kSshd) return plain;
  return host_and_message(time, line);
}

// A login in a wrapper that is not known: its text is to the end of the line.
ReadLine wrapped_login(std::string_view line, std::size_t at, std::uint64_t now) {
  std::string_view message = line.substr(at);
  const bool returned = drop_return(message);
  const auto login = parse_certificate_login(message);
  bool quoted = false;  // seems to be, but nothing says where that message begins
  for (std::size_t i = 0; i < at && !quoted; ++i) quoted = quotes_stranger(line.substr(i));
  if (quoted || !login || !*login) return {.unreadable = std::string(kUnknown)};
  return {.line = LogLine{.time = take_time(line, now),
                          .message = std::string(message),
                          .carried = true,
                          .returned = returned}};
}

// A login that is in the text of a line only when what JSON hides is put back. A stranger may have typed what
// looks like that into a message that was read.
bool hides_login(std::string_view line, const std::optional<LogLine>& read) {
  const bool escaped = line.find("\\u00") != std::string_view::npos;
  const bool bytes = line.find('[') != std::string_view::npos && line.find("99") != std::string_view::npos;
  if (!escaped && !bytes) return false;
  const bool quoted = quotes_stranger(read ? std::string_view(read->message) : unwrapped(line));
  const bool json = line.starts_with("{") || line.starts_with("data: {") || line.starts_with("\x1e{");
  return (!quoted || json) && find_login(without_json_escapes(line, quoted)) != std::string_view::npos;
}

}  // namespace

bool is_sshd(std::string_view program) {
  program = program.substr(0, program.find('['));
  program.remove_prefix(program.rfind('/') + 1);
  if (program.ends_with(':')) program.remove_suffix(1);
  return program == "sshd" || program == "sshd-session" || program == "sshd-auth";
}

bool drop_return(std::string_view& message) {
  if (message.ends_with('\n')) message.remove_suffix(1);
  const bool escaped = message.ends_with("#015");
  if (!escaped && !message.ends_with('\r')) return false;
  message.remove_suffix(escaped ? 4 : 1);
  return true;
}

std::string_view unwrapped(std::string_view message) {
  std::string_view rest = message;
  if (rest.starts_with("[ID ") && before(rest, "] ")) message = rest;
  rest = message;
  const auto place = before(rest, "): ");
  const bool verbose = place && place->find(".c:") < place->find(' ') &&
                       place->find("():") < place->find(' ') && place->find(" (") != std::string_view::npos;
  return verbose ? rest : message;
}

LogLine bare(std::optional<std::uint64_t> time, std::string_view message) {
  const bool returned = drop_return(message);
  message = unwrapped(message);
  const bool quoted = find_login(message) != std::string_view::npos && quotes_stranger(message);
  const bool known = tells_login(message) || parse_connection_end(message) || quoted;
  return {.time = time,
          .message = std::string(message),
          .writer = known ? Writer::kSshd : Writer::kOther,
          .carried = true,
          .returned = returned};
}

bool lost_start(std::string_view line) {
  const std::size_t serial = line.rfind(" (serial ");
  if (serial == std::string_view::npos || line.find(") CA ", serial) == std::string_view::npos) return false;
  // sshd's other messages that end so begin with another word.
  const std::string_view start = line.substr(0, serial);
  return !quotes_stranger(line) && !tells_login(line) &&
         (start.find("-CERT ") != std::string_view::npos || start.find("SHA256:") != std::string_view::npos);
}

bool lost_end(std::string_view line) {
  line.remove_prefix(
      std::min({line.find("Accepted publickey for "), line.find("Partial publickey for "), line.size()}));
  // Whole, it goes on to the type of the key and the key itself.
  return tells_login(line) && (!before(line, " ssh2: ") || line.find(' ') == std::string_view::npos);
}

// A message that is known from its beginning to its end.
ReadLine judged(LogLine read) {
  const std::size_t inside = find_login(read.message);
  const bool found = inside != std::string_view::npos;
  if (read.writer == Writer::kProven) return {.quoted = found};
  const bool of_sshd = read.writer == Writer::kSshd;
  if (!found) return of_sshd ? ReadLine{.line = std::move(read)} : ReadLine{};
  if (tells_login(read.message)) return {.line = std::move(read)};
  if (quotes_stranger(read.message)) {
    if (!of_sshd) return {.quoted = true};
    return {.line = std::move(read), .quoted = true};
  }
  if (of_sshd) return {.unreadable = "a login in a message that sshd is not known to write"};
  // A command that looks for logins, quoted in a log, is not a login.
  const std::string_view message = std::string_view(read.message).substr(inside);
  if (!parse_certificate_login(message) && !parse_cut_login(message)) return {.quoted = true};
  return {.unreadable = "a login in another program's message"};
}

ReadLine read_journal_entry(const JournalEntry& entry) {
  LogLine read = journal_message(entry);
  undo_repetition(read);
  return judged(std::move(read));
}

ReadLine read_log_line(std::string_view line, std::uint64_t now) {
  line.remove_prefix(std::min(line.find_first_not_of('\0'), line.size()));  // of a log that was truncated
  auto read = in_one_of_the_forms(line, now);
  const std::size_t login = find_login(line);
  if (read) undo_repetition(*read);
  const bool known =
      read && (read->writer == Writer::kProven || find_login(read->message) != std::string_view::npos);
  if (!known && login != std::string_view::npos) return wrapped_login(line, login, now);
  if (!known && hides_login(line, read)) return {.unreadable = std::string(kUnknown)};
  return read ? judged(*std::move(read)) : ReadLine{};
}

}  // namespace halligan::ledger
