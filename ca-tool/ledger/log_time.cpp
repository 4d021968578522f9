// The times of logs.
#include <algorithm>
#include <ctime>

#include "base/text.hpp"
#include "ledger/log_forms.hpp"

namespace halligan::ledger {
namespace {

constexpr std::uint64_t kDay = 86400;

// A number of exactly so many digits within its limits.
std::optional<int> field(std::string_view text, std::size_t at, std::size_t digits, int low, int high) {
  if (text.size() < at + digits) return std::nullopt;
  const auto value = whole_number<int>(text.substr(at, digits));
  if (!value || *value < low || *value > high) return std::nullopt;
  return value;
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

// ".5", if it is there
void skip_fraction(std::string_view& text) {
  if (text.starts_with('.'))
    text.remove_prefix(std::min(text.find_first_not_of("0123456789", 1), text.size()));
}

// "2026-11-22T06:55:12" or with a blank, and a fraction or none, which are removed.
std::optional<std::tm> take_date(std::string_view& text, char between) {
  const auto year = field(text, 0, 4, 1970, 9999);
  const auto month = field(text, 5, 2, 1, 12);
  const auto day = field(text, 8, 2, 1, 31);
  if (!year || !month || !day || text.size() < 19) return std::nullopt;
  std::tm tm{};
  if (text[4] != '-' || text[7] != '-' || text[10] != between || !clock_time(text.substr(11), tm))
    return std::nullopt;
  text.remove_prefix(19);
  skip_fraction(text);
  tm.tm_year = *year - 1900;
  tm.tm_mon = *month - 1;
  tm.tm_mday = *day;
  tm.tm_isdst = -1;
  return tm;
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

// "Sun 2026-11-22 06:55:12 UTC", which is removed: UTC, or the zone of whoever reads.
std::optional<std::uint64_t> full_time(std::string_view& text) {
  std::string_view rest = text.substr(4);
  auto tm = take_date(rest, ' ');
  if (!tm || !rest.starts_with(' ')) return std::nullopt;
  rest.remove_prefix(1);
  const std::string_view zone = rest.substr(0, rest.find(' '));
  const bool utc = zone == "UTC" || zone == "GMT";
  text = rest.substr(zone.size());
  return positive(utc ? ::timegm(&*tm) : ::mktime(&*tm));
}

// "1795330512.123456"
std::optional<std::uint64_t> unix_time(std::string_view text) {
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos || !whole_number<std::uint64_t>(text.substr(point + 1)))
    return std::nullopt;
  return whole_number<std::uint64_t>(text.substr(0, point));
}

}  // namespace

// "2026-11-22T06:55:12", then a fraction or none, then Z, +01:00 or +0100.
std::optional<std::uint64_t> iso_time(std::string_view text) {
  auto tm = take_date(text, 'T');
  if (!tm) return std::nullopt;
  const std::time_t local = ::timegm(&*tm);
  if (text == "Z") return positive(local);
  if (text.size() < 5 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto hours = field(text, 1, 2, 0, 23);
  const auto minutes = field(text, text[3] == ':' ? 4 : 3, 2, 0, 59);
  if (!hours || !minutes || text.size() != (text[3] == ':' ? 6U : 5U)) return std::nullopt;
  const std::time_t offset = *hours * 3600 + *minutes * 60;
  return positive(text[0] == '+' ? local - offset : local + offset);
}

std::optional<std::uint64_t> take_time(std::string_view& line, std::uint64_t now) {
  std::string_view rest = line;
  std::optional<std::uint64_t> time;
  if (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(word.size());
    time = word.find('T') != std::string_view::npos ? iso_time(word) : unix_time(word);
  } else if (rest.size() > 6 && rest[3] == ' ' && rest[4] >= '1' && rest[6] >= '0') {
    time = full_time(rest);
  } else if (rest.size() > 15) {
    time = bsd_time(rest.substr(0, 15), now);
    rest.remove_prefix(15);
    skip_fraction(rest);
  }
  if (!time || !rest.starts_with(' ')) return std::nullopt;
  line = rest.substr(1);
  return time;
}

}  // namespace halligan::ledger
