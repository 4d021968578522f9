// Where ledgers are stored, and reading them.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "ledger/chain.hpp"
#include "ssh/key.hpp"

namespace halligan::ledger {

/// $XDG_STATE_HOME/halligan/ca.ledger, else ~/.local/state/halligan/ca.ledger. @errors kUsage: no home
Result<std::string> own_ledger();

struct LoadedLedgers {
  std::vector<Chain> chains;        ///< of all files, each once
  std::vector<LedgerFinding> torn;  ///< a fault for each file that does not end in a whole line
};

/// @param files none: the user's own
/// @errors as io::read_file() · kBadInput (not a ledger) · kNo (two copies of a chain differ)
Result<LoadedLedgers> load_ledgers(const std::vector<std::string>& files);

/// All keys of public key files. @errors as io::read_file() · kBadInput
Result<std::vector<ssh::PublicKey>> read_authorities(const std::vector<std::string>& files);

}  // namespace halligan::ledger
