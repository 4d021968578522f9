#include "io/clock.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>

using namespace halligan::io;

TEST_CASE("times are written as RFC 3339, in UTC and in the local zone") {
  struct Row {
    const char* zone;
    std::uint64_t seconds;
    const char* utc;
    const char* local;
  };
  const auto row = GENERATE(values<Row>({
      {"UTC", 0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00+00:00"},
      {"America/New_York", 1767225600, "2026-01-01T00:00:00Z", "2025-12-31T19:00:00-05:00"},
      {"Europe/Berlin", 1782900000, "2026-07-01T10:00:00Z", "2026-07-01T12:00:00+02:00"},
      {"Asia/Kolkata", 1767225600, "2026-01-01T00:00:00Z", "2026-01-01T05:30:00+05:30"},
      {"UTC", 253402300799, "9999-12-31T23:59:59Z", "9999-12-31T23:59:59+00:00"},
      {"Asia/Kolkata", 253402300799, "9999-12-31T23:59:59Z", "@253402300799"},
      {"UTC", 253402300800, "@253402300800", "@253402300800"},
      {"UTC", UINT64_MAX, "@18446744073709551615", "@18446744073709551615"},
  }));
  const char* before = std::getenv("TZ");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("TZ", row.zone, 1);
  ::tzset();
  CHECK(format_utc(row.seconds) == row.utc);
  CHECK(format_local(row.seconds) == row.local);
  if (before == nullptr) {
    ::unsetenv("TZ");
  } else {
    ::setenv("TZ", kept.c_str(), 1);
  }
  ::tzset();
}

TEST_CASE("seconds and milliseconds are of one clock, the system's") {
  const auto before = static_cast<std::uint64_t>(std::time(nullptr));
  const std::uint64_t milliseconds = unix_milliseconds();
  const std::uint64_t seconds = unix_seconds();
  CHECK(before <= seconds);
  CHECK(milliseconds / 1000 <= seconds);
  CHECK(seconds - before <= 60);
}
