#include "ssh/validity.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>
#include <string>

using namespace halligan;
using namespace halligan::ssh;

namespace {

constexpr std::uint64_t kNow = 1767225630;  // 2026-01-01T00:00:30Z

class Zone {
 public:
  explicit Zone(const char* name) {
    if (const char* before = std::getenv("TZ"); before != nullptr) before_ = before;
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  ~Zone() {
    if (before_.empty()) {
      ::unsetenv("TZ");
    } else {
      ::setenv("TZ", before_.c_str(), 1);
    }
    ::tzset();
  }

 private:
  std::string before_;
};

}  // namespace

TEST_CASE("durations are sums of numbers with units") {
  struct Row {
    const char* text;
    std::uint64_t seconds;
  };
  const auto row = GENERATE(values<Row>({{"0", 0},
                                         {"5", 5},
                                         {"5s", 5},
                                         {"30m", 1800},
                                         {"1h", 3600},
                                         {"2d", 172800},
                                         {"52w", 31449600},
                                         {"1h30m", 5400},
                                         {"1h30", 3630},
                                         {"1W2D3H4M5S", 788645},
                                         {"1m1m", 120},
                                         {"2147483647", 2147483647},
                                         {"0000001m", 60}}));
  CHECK(parse_duration(row.text).value() == row.seconds);
}

TEST_CASE("durations that are refused") {
  const auto* text = GENERATE("", "h", "1x", "-1", "+1", "1.5h", " 1h", "1h ", "1h 1m", "2147483648",
                              "35792w", "3551w", "99999999999999999999s", "2147483647s1s", "0x10");
  CAPTURE(text);
  const auto parsed = parse_duration(text);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == Code::kUsage);
  CHECK_FALSE(parsed.error().hint.empty());
}

TEST_CASE("-V: relative times, hexadecimal, always and forever") {
  struct Row {
    const char* text;
    std::uint64_t after;
    std::uint64_t before;
  };
  const auto row = GENERATE(values<Row>({{"-5m:+60m", kNow - 300, kNow + 3600},
                                         {"+1h:+2h", kNow + 3600, kNow + 7200},
                                         {"-2h:-1h", kNow - 7200, kNow - 3600},
                                         {"-5:+5", kNow - 5, kNow + 5},
                                         {"+52w", 1767225540, kNow + 31449600},
                                         {"30m", 1767225540, kNow + 1800},
                                         {"0x10:0xfFfF", 16, 65535},
                                         {"always:forever", 0, UINT64_MAX},
                                         {"always:+1h", 0, kNow + 3600},
                                         {"-1h:forever", kNow - 3600, UINT64_MAX},
                                         {"0x0:0xffffffffffffffff", 0, UINT64_MAX}}));
  CAPTURE(row.text);
  const Validity validity = parse_validity(row.text, kNow).value();
  CHECK(validity.after == row.after);
  CHECK(validity.before == row.before);
  CHECK(validity.unbounded() == (row.after == 0 || row.before == UINT64_MAX));
}

TEST_CASE("-V: calendar times in UTC and on the wall clock, summer and winter") {
  struct Row {
    const char* zone;
    const char* text;
    std::uint64_t after;
    std::uint64_t before;
  };
  const auto row = GENERATE(values<Row>({
      {"UTC", "20260101:20260201", 1767225600, 1769904000},
      {"UTC", "202601010000:20260101000001", 1767225600, 1767225601},
      {"America/New_York", "20260101:20260201", 1767243600, 1769922000},
      {"America/New_York", "20260101Z:20260201UTC", 1767225600, 1769904000},
      {"America/New_York", "20260101utc:20260201z", 1767225600, 1769904000},
      {"America/New_York", "20260701:20260702", 1782878400, 1782964800},  // EDT: 04:00Z
      {"America/New_York", "20261101013000:20261101013001", 1793511000,
       1793511001},  // twice: the first, 05:30Z
      {"America/New_York", "20260308015959:20260308030000", 1772953199, 1772953200},  // one second apart
      {"Europe/Berlin", "202607011200:202607011201", 1782900000, 1782900060},         // CEST: 10:00Z
      {"UTC", "20280229:20280301", 1835395200, 1835481600},
      {"America/New_York", "2026-01-01T00:00:00Z:2026-02-01T00:00:00z", 1767225600, 1769904000},
      {"UTC", "2026-01-01T01:30:00+01:30:2025-12-31t23:00:01-01:00", 1767225600, 1767225601},
      {"UTC", "20260101:2026-02-01T00:00:00+00:00", 1767225600, 1769904000},
      {"UTC", "2026-01-01T00:00:00Z:forever", 1767225600, UINT64_MAX},
      {"UTC", "99991231235959:forever", 253402300799, UINT64_MAX},
  }));
  CAPTURE(row.zone, row.text);
  const Zone zone(row.zone);
  const Validity validity = parse_validity(row.text, kNow).value();
  CHECK(validity.after == row.after);
  CHECK(validity.before == row.before);
}

TEST_CASE("-V: what is refused says why") {
  struct Row {
    const char* text;
    const char* message;
  };
  const auto row = GENERATE(values<Row>({
      {"", "an empty validity"},
      {":", "validity \":\" lacks one end"},
      {"+1h:", "validity \"+1h:\" lacks one end"},
      {":+1h", "validity \":+1h\" lacks one end"},
      {"-1h", "validity \"-1h\" is not FROM:TO or +DURATION"},
      {"always", "validity \"always\" is not FROM:TO or +DURATION"},
      {"+", "a duration is missing"},
      {"+1y", "duration \"1y\" has a unit that is not s, m, h, d or w"},
      {"+h", "duration \"h\" is not like 30m or 1h30m"},
      {"+69w:+3600w", "duration \"3600w\" is longer than 68 years"},
      {"+1h:+1h", "validity \"+1h:+1h\" ends before it begins"},
      {"+2h:+1h", "validity \"+2h:+1h\" ends before it begins"},
      {"forever:always", "time \"forever\" is not YYYYMMDD[HHMM[SS]][Z]"},
      {"always:always", "time \"always\" is not YYYYMMDD[HHMM[SS]][Z]"},
      {"20260230Z:forever", "time \"20260230Z\" does not exist"},
      {"20270229Z:forever", "time \"20270229Z\" does not exist"},
      {"20261301Z:forever", "time \"20261301Z\" does not exist"},
      {"202601012400Z:forever", "time \"202601012400Z\" does not exist"},
      {"20260101235960Z:forever", "time \"20260101235960Z\" does not exist"},
      {"19691231Z:forever", "time \"19691231Z\" does not exist"},
      {"2026-01-01:forever", "time \"2026-01-01\" is not YYYYMMDD[HHMM[SS]][Z]"},
      {"2026-01-01T00:00:00Z", "validity \"2026-01-01T00:00:00Z\" lacks one end"},
      {"2026-02-30T00:00:00Z:forever", "time \"2026-02-30T00:00:00Z\" does not exist"},
      {"2026-01-01T25:00:00Z:forever", "time \"2026-01-01T25:00:00Z\" does not exist"},
      {"2026-01-01T00:00:00+24:00:forever", "time \"2026-01-01T00:00:00+24:00\" does not exist"},
      {"1970-01-01T00:00:00+00:01:forever", "time \"1970-01-01T00:00:00+00:01\" is before 1970"},
      {"2026010112:forever", "time \"2026010112\" is not YYYYMMDD[HHMM[SS]][Z]"},
      {"20260101ZZ:forever", "time \"20260101ZZ\" is not YYYYMMDD[HHMM[SS]][Z]"},
      {"0x:forever", "time \"0x\" is not 0x and up to 16 hexadecimal digits"},
      {"0x10g:forever", "time \"0x10g\" is not 0x and up to 16 hexadecimal digits"},
      {"0x10000000000000000:forever",
       "time \"0x10000000000000000\" is not 0x and up to 16 hexadecimal digits"},
      {"0x-1:forever", "time \"0x-1\" is not 0x and up to 16 hexadecimal digits"},
      {"-1h:+1h:+2h", "duration \"1h:+2h\" is not like 30m or 1h30m"},
      {"\x1b[2J", "validity \"\\x1b[2J\" is not FROM:TO or +DURATION"},
  }));
  CAPTURE(row.text);
  const auto parsed = parse_validity(row.text, kNow);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == Code::kUsage);
  CHECK(parsed.error().message == row.message);
}

TEST_CASE("-V: an hour that summer time skips does not exist") {
  const Zone zone("America/New_York");
  CHECK(parse_validity("20260308023000:20260309", kNow).error().message ==
        "time \"20260308023000\" does not exist");
}

TEST_CASE("-V: times that cannot be represented") {
  CHECK(parse_validity("-1h:+1h", 60).error().message == "time \"-1h\" is before 1970");
  CHECK(parse_validity("+1h", INT64_MAX - 10).error().message == "a time beyond the end of time_t");
  CHECK(parse_validity("+1h", 10).value().after == 0);
}
