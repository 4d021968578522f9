#include "issue/counter_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"

namespace halligan::issue {
namespace {

// Where nothing tells the counter when the CA was made: making its key takes one count on most tokens.
constexpr std::uint32_t kUsualStart = 1;

struct Known {
  std::uint32_t counter;
  std::string where;  // "in record 4 of ca.ledger"
};

// The worst of all steps, with the value that it was at and the one before.
struct Worst {
  CounterStep step = CounterStep::kFollows;
  std::uint32_t now = 0;
  std::uint32_t before = 0;
};

Worst worst_step(std::uint32_t before, std::span<const std::uint32_t> values) {
  Worst worst;
  for (const std::uint32_t now : values) {
    const auto step = now == 0 && before == 0 ? CounterStep::kFollows  // it does not count
                      : now <= before         ? CounterStep::kBack
                      : now - before > 1      ? CounterStep::kAhead
                                              : CounterStep::kFollows;
    if (step > worst.step) worst = {step, now, before};
    before = now;
  }
  return worst;
}

std::string signatures(std::uint32_t count) {
  return count == 1 ? "1 signature" : fmt::format("{} signatures", count);
}

Error begins(std::uint32_t now, std::uint32_t missing, std::string_view file) {
  return {
      Code::kNo,
      fmt::format("the token's counter is {}, and {} begins here: {} before it by the CA's key or another "
                  "key of the token may be on no record",
                  now, printable(file), signatures(missing)),
      "if there is an older ledger, keep it, and verify both: halligan ledger verify OLD NEW"};
}

Error ahead(const Worst& worst, const std::string& known) {
  const std::uint32_t missing = worst.now - worst.before - 1;
  return {
      Code::kNo,
      fmt::format("the token's counter is {}, and {} {}: {} by the CA's key or another key of the token {} "
                  "off the record",
                  worst.now, worst.before, known, signatures(missing), missing == 1 ? "is" : "are"),
      "find out who used the token, or which ledger has them: halligan ledger verify ONE TWO"};
}

Error back(const Worst& worst, const std::string& known) {
  return {Code::kNo,
          fmt::format("the token's counter is {}, not above {} {}: the token is a copy, or was copied",
                      worst.now, worst.before, known),
          "trust this CA no longer unless the ledger is another token's: halligan ledger verify"};
}

}  // namespace

CounterReading read_counter(const std::optional<ledger::Ledger::LastCounter>& last,
                            const std::optional<std::uint32_t>& made, std::span<const std::uint32_t> values,
                            std::string_view file) {
  CounterReading reading;
  const std::uint32_t first = values.front();
  std::uint32_t before = last ? last->counter : made.value_or(first <= kUsualStart ? 0 : kUsualStart);
  std::string known = last ? fmt::format("in record {} of {}", last->number, printable(last->file))
                           : "when the CA was made (ca.json)";
  if (!last && first > before + 1) {
    reading.step = CounterStep::kBegins;
    reading.begin = first - 1;
    reading.notice = begins(first, first - before - 1, file);
    before = first - 1;
  }
  const Worst worst = worst_step(before, values);
  if (worst.step == CounterStep::kFollows) return reading;
  reading.step = worst.step;
  if (worst.before != before || worst.now != first) known = "in the signature before it";
  reading.notice = worst.step == CounterStep::kAhead ? ahead(worst, known) : back(worst, known);
  return reading;
}

}  // namespace halligan::issue
