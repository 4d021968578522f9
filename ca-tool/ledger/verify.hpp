// Everything that can be known of ledgers from themselves: chains, CA signatures, serials, counters.
#pragma once

#include <string>
#include <vector>

#include "ledger/counter.hpp"

namespace halligan::ledger {

struct LedgerCheck {
  CounterRules counters{};           ///< if it names authorities, no others may have signed
  std::vector<std::string> heads{};  ///< hashes of records that must be there
};

/// Finds besides what chain_faults() and check_counters() do: kSignatureBad to kHeadMissing.
LedgerVerdict verify_ledger(const std::vector<Chain>& chains, const LedgerCheck& check);

}  // namespace halligan::ledger
