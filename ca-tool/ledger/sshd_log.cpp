#include "ledger/sshd_log.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace halligan::ledger {
namespace {

constexpr std::size_t kLongestLogLine = 64 * 1024;
constexpr std::uint64_t kDay = 86400;
constexpr std::size_t kLongestPriority = 5;  // "<191"
constexpr std::string_view kAccepted = "Accepted publickey for ";
constexpr std::string_view kPartial = "Partial publickey for ";
// sshd cuts what it gives to syslog off at exactly 500 bytes, and what it writes to stderr at 1021, or a few
// less where an escape would have been split.
constexpr std::size_t kSyslogCut = 500;
constexpr std::size_t kAboutCut = 1000;
constexpr std::uint64_t kMostRepetitions = 100000;
constexpr std::string_view kRepeated = "message repeated ";

// What ends a connection of somebody who has logged in, and where the peer is in each: at the very end, or
// the first of all that is called a port, followed by the reason.
struct End {
  std::string_view start;
  bool reason = false;
};
constexpr std::array<End, 8> kEnds{{{"Disconnected from "},
                                    {"Received disconnect from ", true},
                                    {"Connection closed by "},
                                    {"Connection reset by "},
                                    {"Timeout, client not responding from "},
                                    {"terminating inactive connection from "},
                                    {"Disconnecting user ", true},
                                    {"Connection from user ", true}}};

// The text before `mark`; both are removed from `text`.
std::optional<std::string_view> before(std::string_view& text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view out = text.substr(0, at);
  text.remove_prefix(at + mark.size());
  return out;
}

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

bool tells_login(std::string_view message) {
  return message.starts_with(kAccepted) || message.starts_with(kPartial);
}

bool is_sshd(std::string_view program) {
  program = program.substr(0, program.find('['));
  program.remove_prefix(program.rfind('/') + 1);
  if (program.ends_with(':')) program.remove_suffix(1);
  return program == "sshd" || program == "sshd-session" || program == "sshd-auth";
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

// HOST sshd[71]: MESSAGE
std::optional<LogLine> host_and_message(std::optional<std::uint64_t> time, std::string_view rest) {
  const auto host = before(rest, " ");
  const auto program = before(rest, ": ");
  if (!time || !host || !program || !is_sshd(*program)) return std::nullopt;
  return LogLine{time, std::string(*host), std::string(rest)};
}

// <38>1 TIME HOST sshd 71 MSGID SD MESSAGE
std::optional<LogLine> rfc5424(std::string_view line) {
  if (!before(line, ">1 ")) return std::nullopt;
  const auto time = before(line, " ");
  const auto host = before(line, " ");
  const auto program = before(line, " ");
  if (!time || !host || !program || !is_sshd(*program) || !before(line, " ") || !before(line, " ")) {
    return std::nullopt;
  }
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
  return LogLine{parsed, std::string(*host), std::string(line)};
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

std::optional<LogLine> journal(std::string_view line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  // _COMM is what the kernel says of the sender; SYSLOG_IDENTIFIER is what the sender says of itself.
  std::string program = text_member(json, "_COMM");
  if (program.empty()) program = text_member(json, "SYSLOG_IDENTIFIER");
  const auto micros = whole_number<std::uint64_t>(text_member(json, "__REALTIME_TIMESTAMP"));
  if (!is_sshd(program) || !micros) return std::nullopt;
  LogLine out{*micros / 1000000, text_member(json, "_HOSTNAME"), message_member(json)};
  // Any user's program may be called sshd. The one that lets people in runs as root.
  const std::string user = text_member(json, "_UID");
  if (tells_login(out.message) && !user.empty() && user != "0") return std::nullopt;
  return out;
}

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
  return text.size() == 50 && text.starts_with("SHA256:") && text.find(' ') == std::string_view::npos;
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
  const auto key = before(message, " ID ");
  if (!account || !address || !port || !type || !key) return std::nullopt;
  out.account = *account;
  out.address = *address;
  out.port = *port;
  out.key = *key;
  return out;
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
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty() || line.size() > kLongestLogLine) return std::nullopt;
  if (line[0] == '{') return journal(line);
  if (line[0] == '<') {
    if (line.find(">1 ") < kLongestPriority) return rfc5424(line);
    if (!before(line, ">")) return std::nullopt;
  }
  if (tells_login(line) || end_in(line) != nullptr) return LogLine{std::nullopt, {}, std::string(line)};
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

}  // namespace

std::optional<LogLine> parse_log_line(std::string_view line, std::uint64_t now) {
  auto out = in_one_of_the_forms(line, now);
  if (out) undo_repetition(*out);
  return out;
}

bool hides_login(std::string_view line) {
  const std::size_t at = line.find(kAccepted);
  if (at == std::string_view::npos || line.find("-CERT ", at) == std::string_view::npos) return false;
  const std::string_view before_it = line.substr(0, at);
  // Lines of the journal have the program, if at all, in another line or member.
  return before_it.find("sshd") != std::string_view::npos ||
         (before_it.find("MESSAGE") != std::string_view::npos &&
          !nlohmann::json::accept(line.begin(), line.end()));
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
  login->authority = authority.substr(blank + 1);
  if (!is_fingerprint(login->key) || !is_fingerprint(login->authority)) {
    return fail(Code::kBadInput, "its fingerprints are not SHA256 ones, see FingerprintHash in sshd_config");
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

std::optional<Peer> parse_any_login(std::string_view message) {
  if (!message.starts_with("Accepted ")) return std::nullopt;
  std::string_view after;
  return peer_at(message, message.find(" port "), after);
}

}  // namespace halligan::ledger
