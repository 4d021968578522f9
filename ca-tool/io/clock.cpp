#include "io/clock.hpp"

#include <chrono>
#include <cstdlib>
#include <ctime>

#include "base/codec.hpp"
#include "io/files.hpp"

namespace halligan::io {
namespace {

constexpr std::uint64_t kLastSecond = 253402300799;  // 9999-12-31T23:59:59Z

template <typename Unit>
std::uint64_t now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<Unit>(since).count());
}

}  // namespace

std::uint64_t unix_seconds() { return now<std::chrono::seconds>(); }

std::uint64_t unix_milliseconds() { return now<std::chrono::milliseconds>(); }

std::string format_utc(std::uint64_t unix_seconds) {
  const auto seconds = static_cast<std::time_t>(unix_seconds);
  std::tm tm{};
  if (unix_seconds > kLastSecond || ::gmtime_r(&seconds, &tm) == nullptr)
    return "@" + std::to_string(unix_seconds);
  char text[64];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm)};
}

std::string format_local(std::uint64_t unix_seconds) {
  const auto seconds = static_cast<std::time_t>(unix_seconds);
  std::tm tm{};
  if (unix_seconds > kLastSecond || ::localtime_r(&seconds, &tm) == nullptr || tm.tm_year > 9999 - 1900) {
    return "@" + std::to_string(unix_seconds);
  }
  char raw[64];
  std::string text(raw, std::strftime(raw, sizeof raw, "%Y-%m-%dT%H:%M:%S%z", &tm));
  text.insert(text.size() - 2, ":");  // +0100 is not RFC 3339, +01:00 is
  return text;
}

// The C library takes a zone that it does not know for UTC without a word, so the file is looked at first.
Result<> set_local_zone(const std::string& name) {
  constexpr std::size_t kLargestZone = 256 * 1024;
  std::string zone = "UTC0";
  if (name != "UTC") {
    zone = "/usr/share/zoneinfo/" + name;
    const bool inside = name.find("..") == std::string::npos;
    const auto file = read_file(zone, kLargestZone);
    if (!inside || !file || !as_text(*file).starts_with("TZif")) {
      return fail(Code::kUsage, "unknown time zone \"" + printable(name) + "\"",
                  "name it as in /usr/share/zoneinfo: UTC, Europe/Berlin");
    }
  }
  ::setenv("TZ", zone.c_str(), 1);
  ::tzset();
  return {};
}

}  // namespace halligan::io
