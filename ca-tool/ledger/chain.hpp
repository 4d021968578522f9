// Is a chain whole: every line a record, each one bound to the one before, serials rising.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledger/text.hpp"

namespace halligan::ledger {

/// Something that verify or reconcile has to say.
struct LedgerFinding {
  bool fault = true;  ///< false: worth knowing, and nothing is wrong
  std::string code;   ///< stable, for --json
  std::string text;   ///< lower case, no full stop, with the record's number in front
};

/// "record 5", in words that are used everywhere.
std::string record_name(std::uint64_t number);

/// Codes: record-malformed, chain-broken, chain-order, chain-start, serial-order. A changed byte is
/// record-malformed in its own record. No certificate's signature is verified here.
std::vector<LedgerFinding> chain_faults(const Chain& chain);

}  // namespace halligan::ledger
