// Everything that can be known of ledgers from themselves: chains, CA signatures, serials, counters.
#pragma once

#include <string>
#include <vector>

#include "ledger/counter.hpp"
#include "ssh/key.hpp"

namespace halligan::ledger {

struct LedgerCheck {
  std::vector<ssh::PublicKey> authorities{};  ///< the only CAs that may have signed; none: any
  CounterRules counters{};
  std::vector<std::string> heads{};  ///< hashes of records that must be there
};

struct LedgerVerdict {
  std::vector<LedgerFinding> findings;
  std::vector<CounterReport> counters;

  bool intact() const;
};

/// Finds besides what chain_faults() and check_counters() do: kSignatureBad to kHeadMissing.
LedgerVerdict verify_ledger(const std::vector<Chain>& chains, const LedgerCheck& check);

}  // namespace halligan::ledger
