// Where ledgers are stored, and reading them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "ledger/chain.hpp"
#include "ssh/key.hpp"

namespace halligan::ledger {

/// The ledgers of this user that exist: those in the state folder of each CA, those that the configuration
/// names, and the one that served all CAs in earlier releases.
/// @errors kUsage (no home) · kUnreachable (a folder cannot be read) · as ca::Configuration::load()
Result<std::vector<std::string>> own_ledgers();

/// The name of that one. Nothing without a home.
std::optional<std::string> common_ledger();

struct LoadedLedgers {
  std::vector<Chain> chains;        ///< of all files, each once
  std::vector<LedgerFinding> torn;  ///< a fault for each file that does not end in a whole line
};

/// @param files none: own_ledgers()
/// @errors as own_ledgers(), io::read_file() · kNotFound (there is none) · kBadInput (not a ledger) · kNo
/// (two copies of a chain differ)
Result<LoadedLedgers> load_ledgers(const std::vector<std::string>& files);

/// All keys of public key files. @errors as io::read_file() · kBadInput
Result<std::vector<ssh::PublicKey>> read_authorities(const std::vector<std::string>& files);

}  // namespace halligan::ledger
