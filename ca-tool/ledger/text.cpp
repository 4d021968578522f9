#include "ledger/text.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "io/parallel.hpp"

namespace halligan::ledger {
namespace {

constexpr std::size_t kShownDigits = 8;
// Lines take more memory than they have bytes, and a stranger's file may have nothing but empty ones.
constexpr std::size_t kMostDamaged = 1000;
constexpr std::size_t kLinesAtOnce = 4096;

Entry parse_entry(std::string_view line) {
  Entry entry{std::string(line), record_hash(line), std::nullopt, std::nullopt};
  auto record = parse_record(line);
  if (record) {
    entry.record = *std::move(record);
  } else {
    entry.error = std::move(record).error();
  }
  return entry;
}

/// Take the next lines off `text`, at least one.
std::vector<Entry> next_entries(std::string_view& text) {
  std::vector<std::string_view> lines;
  while (!text.empty() && lines.size() < kLinesAtOnce) lines.push_back(next_line(text));
  std::vector<Entry> entries(lines.size());
  io::in_parallel(io::worker_count_for(lines.size()), lines.size(),
                  [&](std::size_t, std::size_t i) { entries[i] = parse_entry(lines[i]); });
  return entries;
}

// What tells a chain from others even if its first line is damaged.
std::string identity(const Chain& chain) {
  const ChainStart* start = chain.start();
  return start != nullptr ? start->id : chain.entries.front().hash;
}

}  // namespace

const ChainStart* Chain::start() const {
  const Entry& first = entries.front();
  return first.record ? first.record->start() : nullptr;
}

std::string Chain::label() const {
  const ChainStart* first = start();
  if (first == nullptr) return "without a start";
  return first->id.substr(0, kShownDigits) + " (" + printable(first->machine) + ")";
}

Result<LedgerText> parse_ledger(std::string_view text) {
  LedgerText out;
  bool any = false;
  std::size_t damaged = 0;
  const std::size_t whole = text.rfind('\n') + 1;  // 0 without a newline
  out.torn = text.substr(whole);
  text = text.substr(0, whole);
  while (!text.empty()) {
    for (Entry& entry : next_entries(text)) {
      if (entry.error && ++damaged > kMostDamaged) {
        return fail(
            std::move(*entry.error)
                .in("more than " + std::to_string(kMostDamaged) + " lines are no records: not a ledger"));
      }
      any = any || entry.record;
      const bool starts = entry.record && entry.record->start() != nullptr;
      if (out.chains.empty() || starts) out.chains.emplace_back();
      out.chains.back().entries.push_back(std::move(entry));
    }
  }
  if (any) return out;
  if (out.chains.empty()) return fail(Code::kBadInput, "not a ledger: no complete line");
  return fail(std::move(*out.chains.front().entries.front().error).in("not a ledger: its first line"));
}

Result<std::vector<Chain>> unite(std::vector<Chain> chains) {
  std::vector<Chain> out;
  for (Chain& chain : chains) {
    const std::string id = identity(chain);
    const auto same =
        std::find_if(out.begin(), out.end(), [&](const Chain& each) { return identity(each) == id; });
    if (same == out.end()) {
      out.push_back(std::move(chain));
      continue;
    }
    const auto [one, other] =
        std::ranges::mismatch(same->entries, chain.entries, {}, &Entry::hash, &Entry::hash);
    if (one != same->entries.end() && other != chain.entries.end()) {
      const std::string at = std::to_string(one - same->entries.begin());
      return fail(Code::kNo, "two copies of " + chain.name() + " differ in record " + at,
                  "verify each by itself: one was changed, or both were written to");
    }
    if (chain.entries.size() > same->entries.size()) *same = std::move(chain);
  }
  return out;
}

}  // namespace halligan::ledger
