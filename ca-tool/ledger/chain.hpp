// Whether a chain is whole: every line is a record, each one is bound to the one before, serials rise.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ledger/finding.hpp"
#include "ledger/text.hpp"

namespace halligan::ledger {

/// "record 5".
std::string record_name(std::uint64_t number);

/// kRecordMalformed to kSerialOrder. A changed byte makes its own record malformed. No certificate's
/// signature is verified here.
std::vector<LedgerFinding> chain_faults(const Chain& chain);

}  // namespace halligan::ledger
