// What the parts of an audit report say: numbers and words, the same whoever computes them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "ledger/counter.hpp"
#include "ledger/drills/record.hpp"
#include "ledger/finding.hpp"
#include "ledger/reconcile.hpp"
#include "ledger/recorded.hpp"
#include "ledger/report/document.hpp"
#include "ssh/key.hpp"
#include "ui/json.hpp"

namespace halligan::ledger::report {

/// What the report is about; its first part.
struct Terms {
  std::uint64_t from = 0;  ///< Unix seconds; a record belongs to it from `from` up to but not including `to`
  std::uint64_t to = 0;
  std::uint64_t most_logins = 10;             ///< more by one certificate are over-use
  std::string zone = "UTC";                   ///< of times without one in the logs
  std::vector<ssh::PublicKey> authorities{};  ///< only they may have signed; empty: any
  std::vector<std::string> made{};            ///< texts of ca.json, each on one line
  std::vector<LedgerFinding> found{};         ///< in the files, which the parts do not show
};

std::string format_terms(const Terms& terms);
/// @errors kBadInput
Result<Terms> parse_terms(std::string_view text);

/// What follows from the parts. The records point into the chains.
struct Audit {
  std::vector<Chain> chains;        ///< from their start, so that counters have no gaps by omission
  std::vector<Recorded> records{};  ///< of the period: certificates and uses
  std::vector<LedgerFinding> findings{};
  std::vector<CounterReport> counters{};
  std::map<std::pair<std::string, std::uint64_t>, std::vector<Reconciliation::Use>> uses{};
  std::vector<drills::Drill> drills{};  ///< of the period
  ui::Json summary{};                   ///< numbers by name
};

/// @param parts all of a report's; those of other kinds are skipped
/// @errors kBadInput (a part that cannot be read, two copies of a chain that differ)
Result<Audit> audit(const Terms& terms, const std::vector<Part>& parts);

/// For people; in UTC.
std::string words_of(const Terms& terms, const Audit& audit);

/// The lines of a log that count: logins and ends of connections in the period, what cannot be read, and the
/// last message of each host. @errors kBadInput: no message of sshd is in it
Result<std::string> lines_that_count(std::string_view log, const Terms& terms);

/// A report: terms and parts, and what follows from them. @errors as audit()
Result<Document> make_document(const Terms& terms, const std::vector<Part>& parts);

/// A number, or the text: as a report says it, and as its parts do.
struct Compared {
  std::string name;
  std::string said;
  std::string found;

  bool holds() const { return said == found; }
};
struct Derived {
  Terms terms;
  Audit audit;
  std::vector<Compared> compared;  ///< all numbers, then "summary" (its line) and "text"

  bool holds() const { return std::ranges::all_of(compared, &Compared::holds); }
};
/// All of it once more. @errors as audit(), parse_terms() · kBadInput (it has no summary)
Result<Derived> derive_again(const Document& document);

}  // namespace halligan::ledger::report
