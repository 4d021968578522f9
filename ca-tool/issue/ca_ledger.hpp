// The ledger of a CA, found by its public key.
#pragma once

#include "ca/rules.hpp"
#include "issue/command.hpp"
#include "ledger/ledger.hpp"

namespace halligan::issue {

/// --ledger, else the configuration's, else the one in the CA's state folder, which takes over what earlier
/// releases recorded beside the CA's file or in one ledger for all CAs. Beside the file that --ca names,
/// CA.ledger becomes a link to it, if nothing has that name.
/// @param key the CA's
/// @errors kUsage (no home) · as ca::StateFolder::make(), ledger::take_over(), ledger::Ledger::open()
Result<ledger::Ledger> open_ledger_of(const ssh::PublicKey& key, const SigningOptions& options,
                                      const ca::CaRules& rules);

}  // namespace halligan::issue
