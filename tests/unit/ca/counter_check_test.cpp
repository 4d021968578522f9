#include "issue/counter_check.hpp"

#include <catch2/catch.hpp>
#include <vector>

using namespace halligan;
using issue::CounterStep;

namespace {

struct CounterRow {
  const char* name;
  std::optional<ledger::Ledger::LastCounter> last;
  std::optional<std::uint32_t> made;
  std::vector<std::uint32_t> values;
  CounterStep step;
  std::optional<std::uint32_t> begin;
  const char* says;
};

ledger::Ledger::LastCounter last(std::uint32_t counter, std::uint64_t number) {
  return {counter, number, "L"};
}

}  // namespace

TEST_CASE("a counter is compared with what is on record") {
  const auto row = GENERATE(values<CounterRow>({
      {"the next one", last(7, 3), {}, {8}, CounterStep::kFollows, {}, ""},
      {"searches before it", last(7, 3), {}, {8, 9, 10}, CounterStep::kFollows, {}, ""},
      {"the same again",
       last(7, 3),
       {},
       {7},
       CounterStep::kBack,
       {},
       "counter is 7, not above 7 in record 3 of L"},
      {"back", last(7, 3), {}, {6}, CounterStep::kBack, {}, "counter is 6, not above 7 in record 3 of L"},
      {"back to zero", last(7, 3), {}, {0}, CounterStep::kBack, {}, "counter is 0, not above 7"},
      {"one is missing",
       last(7, 3),
       {},
       {9},
       CounterStep::kAhead,
       {},
       "counter is 9, and 7 in record 3 of L: 1 signature by the CA's key or another key of the token is "
       "off"},
      {"many are", last(7, 3), {}, {UINT32_MAX}, CounterStep::kAhead, {}, "4294967287 signatures by"},
      {"between search and signature",
       last(7, 3),
       {},
       {8, 10},
       CounterStep::kAhead,
       {},
       "counter is 10, and 8 in the signature before it"},
      {"ahead, then back: the worse",
       last(7, 3),
       {},
       {9, 9},
       CounterStep::kBack,
       {},
       "counter is 9, not above 9"},
      {"back, then ahead: the worse",
       last(7, 3),
       {},
       {5, 9},
       CounterStep::kBack,
       {},
       "counter is 5, not above 7"},
      {"a token that does not count", last(0, 3), {}, {0}, CounterStep::kFollows, {}, ""},
      {"that counts after all", last(0, 3), {}, {5}, CounterStep::kAhead, {}, "4 signatures by"},
      {"the first of all, per key", {}, {}, {1}, CounterStep::kFollows, {}, ""},
      {"the first after the key was made", {}, {}, {2}, CounterStep::kFollows, {}, ""},
      {"the first of a token that does not count", {}, {}, {0}, CounterStep::kFollows, {}, ""},
      {"a new ledger beside an old counter",
       {},
       {},
       {34},
       CounterStep::kBegins,
       33,
       "counter is 34, and L begins here: 32 signatures before it"},
      {"likewise, after a search", {}, {}, {34, 35}, CounterStep::kBegins, 33, "32 signatures before it"},
      {"and then it jumps",
       {},
       {},
       {34, 36},
       CounterStep::kAhead,
       33,
       "counter is 36, and 34 in the signature before it"},
      {"made at 30", {}, 30, {31}, CounterStep::kFollows, {}, ""},
      {"made at 30, used since", {}, 30, {32}, CounterStep::kBegins, 31, "1 signature before it"},
      {"made at 30, and back",
       {},
       30,
       {30},
       CounterStep::kBack,
       {},
       "counter is 30, not above 30 when the CA was made"},
      {"a record counts more than ca.json", last(40, 2), 30, {41}, CounterStep::kFollows, {}, ""},
  }));
  CAPTURE(row.name);
  const auto reading = issue::read_counter(row.last, row.made, row.values, "L");
  CHECK(reading.step == row.step);
  CHECK(reading.begin == row.begin);
  CHECK(reading.notice.has_value() == (row.step != CounterStep::kFollows));
  if (!reading.notice) return;
  CHECK_THAT(reading.notice->message, Catch::Contains(row.says));
  CHECK(reading.notice->code == Code::kNo);
  CHECK_FALSE(reading.notice->hint.empty());
}
