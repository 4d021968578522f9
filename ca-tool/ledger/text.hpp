// A ledger file's text: one chain of records, or several in a row in a merged copy.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ledger/record.hpp"

namespace halligan::ledger {

inline constexpr std::size_t kLargestLedger = 256 * 1024 * 1024;  // bytes of a file

/// One line of the file.
struct Entry {
  std::string line;              ///< without its newline
  std::string hash;              ///< record_hash(line)
  std::optional<Record> record;  ///< none if the line does not parse
  std::optional<Error> error;    ///< why it does not
};

/// What one machine wrote. entries[0] is its start, unless that line is damaged.
struct Chain {
  std::vector<Entry> entries;

  const ChainStart* start() const;
  const std::string& head() const { return entries.back().hash; }
  /// "3f2a91c0 (laptop)".
  std::string label() const;
  /// "chain " and the label.
  std::string name() const { return "chain " + label(); }
};

struct LedgerText {
  std::vector<Chain> chains;  ///< at least one
  std::string torn;           ///< bytes after the last newline: a write that was cut off
};

/// @errors kBadInput: no line of it is a record, or a thousand lines are not
Result<LedgerText> parse_ledger(std::string_view text);

/// The chains of several files as one list. A chain that comes twice is taken once, the longer copy of it.
/// @errors kNo: two copies of one chain differ in a record that both have
Result<std::vector<Chain>> unite(std::vector<Chain> chains);

}  // namespace halligan::ledger
