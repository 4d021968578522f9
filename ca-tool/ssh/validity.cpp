#include "ssh/validity.hpp"

#include <array>
#include <charconv>
#include <ctime>
#include <optional>
#include <string>

#include "base/codec.hpp"
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

std::uint64_t unit_seconds(char unit) {
  switch (unit) {
    case 's':
    case 'S':
      return 1;
    case 'm':
    case 'M':
      return 60;
    case 'h':
    case 'H':
      return 3600;
    case 'd':
    case 'D':
      return 86400;
    case 'w':
    case 'W':
      return 604800;
    default:
      return 0;
  }
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "20260101" and its like: digits only, two at a time after the year.
struct Fields {
  int year, month, day, hour, minute, second;

  bool matches(const std::tm& tm) const {
    return tm.tm_year == year - 1900 && tm.tm_mon == month - 1 && tm.tm_mday == day && tm.tm_hour == hour &&
           tm.tm_min == minute && tm.tm_sec == second;
  }
  std::tm as_tm(int is_dst) const {
    std::tm tm{};
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    tm.tm_mday = day;
    tm.tm_hour = hour;
    tm.tm_min = minute;
    tm.tm_sec = second;
    tm.tm_isdst = is_dst;
    return tm;
  }
};

int number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

std::optional<Fields> split_digits(std::string_view digits) {
  if (digits.size() != 8 && digits.size() != 12 && digits.size() != 14) return std::nullopt;
  for (const char c : digits) {
    if (!is_digit(c)) return std::nullopt;
  }
  const auto two = [&](std::size_t at) { return at < digits.size() ? number(digits.substr(at, 2)) : 0; };
  return Fields{number(digits.substr(0, 4)), two(4), two(6), two(8), two(10), two(12)};
}

// The moment that these fields name, or nullopt if there is none: 30 February, 25:00, an hour that summer
// time skips. Both summer and winter reading are tried; the library's own guess depends on what it was asked
// before.
std::optional<std::uint64_t> moment(const Fields& fields, bool utc) {
  std::optional<std::uint64_t> found;
  for (const int is_dst : {1, 0, -1}) {
    std::tm tm = fields.as_tm(utc ? 0 : is_dst);
    const std::time_t seconds = utc ? ::timegm(&tm) : std::mktime(&tm);
    if (seconds < 0 || !fields.matches(tm)) continue;
    const auto value = static_cast<std::uint64_t>(seconds);
    if (!found || value < *found) found = value;
  }
  return found;
}

Result<std::uint64_t> parse_absolute(std::string_view text) {
  std::string_view digits = text;
  bool utc = false;
  if (digits.ends_with('Z') || digits.ends_with('z')) {
    utc = true;
    digits.remove_suffix(1);
  } else if (digits.size() > 3 && !is_digit(digits.back())) {
    const std::string_view zone = digits.substr(digits.size() - 3);
    utc = (zone[0] == 'U' || zone[0] == 'u') && (zone[1] == 'T' || zone[1] == 't') &&
          (zone[2] == 'C' || zone[2] == 'c');
    if (utc) digits.remove_suffix(3);
  }
  const auto fields = split_digits(digits);
  if (!fields) return wrong("time " + quoted(text) + " is not YYYYMMDD[HHMM[SS]][Z]");
  const auto value = moment(*fields, utc);
  if (!value) return wrong("time " + quoted(text) + " does not exist");
  return *value;
}

Result<std::uint64_t> parse_hex_time(std::string_view text) {
  const std::string_view digits = text.substr(2);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    return wrong("time " + quoted(text) + " is not 0x and up to 16 hexadecimal digits");
  }
  return value;
}

Result<std::uint64_t> add(std::uint64_t now, std::uint64_t seconds) {
  if (now > static_cast<std::uint64_t>(INT64_MAX) - seconds) return wrong("a time beyond the end of time_t");
  return now + seconds;
}

Result<std::uint64_t> duration_of_validity(std::string_view text) {
  auto seconds = parse_duration(text);
  if (!seconds) return wrong(std::move(seconds).error().message);
  return seconds;
}

Result<std::uint64_t> parse_relative(std::string_view text, std::uint64_t now) {
  HALLIGAN_TRY(const std::uint64_t seconds, duration_of_validity(text.substr(1)));
  if (text[0] == '+') return add(now, seconds);
  if (seconds > now) return wrong("time " + quoted(text) + " is before 1970");
  return now - seconds;
}

Result<std::uint64_t> parse_point(std::string_view text, std::uint64_t now) {
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
      unit = unit_seconds(text[0]);
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
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    if (text[0] != '+' && !is_digit(text[0]))
      return wrong("validity " + quoted(text) + " is not FROM:TO or +DURATION");
    HALLIGAN_TRY(const std::uint64_t seconds, duration_of_validity(text[0] == '+' ? text.substr(1) : text));
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
