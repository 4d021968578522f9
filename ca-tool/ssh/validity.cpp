#include "ssh/validity.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <optional>
#include <string>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "ssh/certificate.hpp"

namespace halligan::ssh {
namespace {

constexpr std::uint64_t kMaxDuration = INT32_MAX;  // ssh-keygen's own limit: 68 years
constexpr std::string_view kExample = "-V -5m:+60m, -V +1h, or -V 20260101:20260201";

Failure wrong_duration(std::string message) {
  return fail(Code::kUsage, std::move(message), "such as 30m, 1h30m or 2d");
}

Failure wrong(std::string message) { return fail(Code::kUsage, std::move(message), std::string(kExample)); }

std::string quoted(std::string_view text) { return "\"" + printable(text.substr(0, 64)) + "\""; }

// 0 for no unit.
std::uint64_t unit_seconds(std::string_view unit) {
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 5> kUnits{
      {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 604800}}};
  for (const auto& [letter, seconds] : kUnits) {
    if (is_word(unit, letter)) return seconds;
  }
  return 0;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The format of "20260101" and its like, or nullptr: digits only, two at a time after the year.
const char* format_of(std::string_view digits) {
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) return nullptr;
  if (digits.size() == 8) return "%Y%m%d";
  if (digits.size() == 12) return "%Y%m%d%H%M";
  return digits.size() == 14 ? "%Y%m%d%H%M%S" : nullptr;
}

bool same_time(const std::tm& a, const std::tm& b) {
  return a.tm_year == b.tm_year && a.tm_mon == b.tm_mon && a.tm_mday == b.tm_mday && a.tm_hour == b.tm_hour &&
         a.tm_min == b.tm_min && a.tm_sec == b.tm_sec;
}

// The moment that these digits name, or nullopt if there is none: 30 February, 25:00, an hour that summer
// time skips. Both summer and winter reading are tried; the library's own guess depends on what it was asked
// before.
std::optional<std::uint64_t> moment(const std::string& digits, const char* format, bool utc) {
  std::tm fields{};
  const char* end = ::strptime(digits.c_str(), format, &fields);
  if (end == nullptr || *end != '\0') return std::nullopt;
  std::optional<std::uint64_t> found;
  for (const int is_dst : {1, 0, -1}) {
    std::tm tm = fields;
    tm.tm_isdst = utc ? 0 : is_dst;
    const std::time_t seconds = utc ? ::timegm(&tm) : std::mktime(&tm);
    if (seconds < 0 || !same_time(tm, fields)) continue;
    const auto value = static_cast<std::uint64_t>(seconds);
    if (!found || value < *found) found = value;
  }
  return found;
}

Result<std::uint64_t> parse_absolute(std::string_view text) {
  std::string_view digits = text;
  bool utc = true;
  if (is_word(digits.substr(digits.size() - 1), "z")) {
    digits.remove_suffix(1);
  } else if (digits.size() > 3 && is_word(digits.substr(digits.size() - 3), "utc")) {
    digits.remove_suffix(3);
  } else {
    utc = false;
  }
  const char* format = format_of(digits);
  if (format == nullptr) return wrong("time " + quoted(text) + " is not YYYYMMDD[HHMM[SS]][Z]");
  const auto value = moment(std::string(digits), format, utc);
  if (!value) return wrong("time " + quoted(text) + " does not exist");
  return *value;
}

Result<std::uint64_t> parse_hex_time(std::string_view text) {
  const std::string_view digits = text.substr(2);
  if (const auto value = whole_number<std::uint64_t>(digits, 16)) return *value;
  return wrong("time " + quoted(text) + " is not 0x and up to 16 hexadecimal digits");
}

Result<std::uint64_t> add(std::uint64_t now, std::uint64_t seconds) {
  if (now > static_cast<std::uint64_t>(INT64_MAX) - seconds) return wrong("a time beyond the end of time_t");
  return now + seconds;
}

Result<std::uint64_t> parse_relative(std::string_view text, std::uint64_t now) {
  HALLIGAN_TRY(const std::uint64_t seconds, parse_duration(text.substr(1)).hint(kExample));
  if (text[0] == '+') return add(now, seconds);
  if (seconds > now) return wrong("time " + quoted(text) + " is before 1970");
  return now - seconds;
}

// How long the time of RFC 3339 at the beginning is, such as 2026-11-26T16:00:00Z or …+01:00; 0 if there is
// none.
std::size_t stamp_length(std::string_view text) {
  constexpr std::string_view kTime = "0000-00-00T00:00:00";
  constexpr std::string_view kOffset = "+00:00";
  const auto fits = [](std::string_view given, std::string_view form) {
    const auto like = [](char c, char f) {
      return f == '0' ? is_digit(c) : f == '+' ? c == '+' || c == '-' : c == f || (f == 'T' && c == 't');
    };
    return given.size() >= form.size() && std::ranges::equal(given.substr(0, form.size()), form, like);
  };
  if (!fits(text, kTime)) return 0;
  text.remove_prefix(kTime.size());
  if (text.starts_with('Z') || text.starts_with('z')) return kTime.size() + 1;
  return fits(text, kOffset) ? kTime.size() + kOffset.size() : 0;
}

Result<std::uint64_t> parse_stamp(std::string_view text) {
  constexpr std::size_t kZone = 19;  // where it begins
  std::string digits;
  for (const char c : text.substr(0, kZone)) {
    if (is_digit(c)) digits += c;
  }
  const auto value = moment(digits, "%Y%m%d%H%M%S", true);
  if (!value) return wrong("time " + quoted(text) + " does not exist");
  if (text.size() == kZone + 1) return *value;
  const auto hours = whole_number<std::uint64_t>(text.substr(kZone + 1, 2));
  const auto minutes = whole_number<std::uint64_t>(text.substr(kZone + 4, 2));
  if (*hours > 23 || *minutes > 59) return wrong("time " + quoted(text) + " does not exist");
  const std::uint64_t offset = *hours * 3600 + *minutes * 60;
  if (text[kZone] == '-') return *value + offset;
  if (offset > *value) return wrong("time " + quoted(text) + " is before 1970");
  return *value - offset;
}

Result<std::uint64_t> parse_point(std::string_view text, std::uint64_t now) {
  if (!text.empty() && stamp_length(text) == text.size()) return parse_stamp(text);
  if (text[0] == '+' || text[0] == '-') return parse_relative(text, now);
  if (text.starts_with("0x")) return parse_hex_time(text);
  return parse_absolute(text);
}

// A host whose clock is slow must not find the certificate "not yet valid".
std::uint64_t minute_before(std::uint64_t now) { return now < 59 ? 0 : (now - 59) / 60 * 60; }

}  // namespace

Result<std::uint64_t> parse_duration(std::string_view text) {
  if (text.empty()) return wrong_duration("a duration is missing");
  std::uint64_t total = 0;
  const std::string shown = quoted(text);
  while (!text.empty()) {
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (end == text.data()) return wrong_duration("duration " + shown + " is not like 30m or 1h30m");
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    std::uint64_t unit = 1;
    if (!text.empty()) {
      unit = unit_seconds(text.substr(0, 1));
      if (unit == 0) return wrong_duration("duration " + shown + " has a unit that is not s, m, h, d or w");
      text.remove_prefix(1);
    }
    if (error != std::errc() || count > kMaxDuration / unit || total + count * unit > kMaxDuration) {
      return wrong_duration("duration " + shown + " is longer than 68 years");
    }
    total += count * unit;
  }
  return total;
}

Result<Validity> parse_validity(std::string_view text, std::uint64_t now) {
  if (text.empty()) return wrong("an empty validity");
  Validity out;
  // There are colons in a time of RFC 3339.
  const std::size_t stamp = stamp_length(text);
  const std::size_t colon = text.find(':', stamp);
  if (stamp > 0 && colon == std::string_view::npos)
    return wrong("validity " + quoted(text) + " lacks one end");
  if (colon == std::string_view::npos) {
    if (text[0] != '+' && !is_digit(text[0]))
      return wrong("validity " + quoted(text) + " is not FROM:TO or +DURATION");
    HALLIGAN_TRY(const std::uint64_t seconds,
                 parse_duration(text[0] == '+' ? text.substr(1) : text).hint(kExample));
    HALLIGAN_TRY(out.before, add(now, seconds));
    out.after = minute_before(now);
  } else {
    const std::string_view from = text.substr(0, colon);
    const std::string_view to = text.substr(colon + 1);
    if (from.empty() || to.empty()) return wrong("validity " + quoted(text) + " lacks one end");
    if (from != "always") {
      HALLIGAN_TRY(out.after, parse_point(from, now));
    }
    out.before = kForever;
    if (to != "forever") {
      HALLIGAN_TRY(out.before, parse_point(to, now));
    }
  }
  if (out.before <= out.after) return wrong("validity " + quoted(text) + " ends before it begins");
  return out;
}

}  // namespace halligan::ssh
