// Resident keys of a token that is open already.
#pragma once

#include "token/ctap_client.hpp"

namespace halligan::token {

/// As resident_keys_of(), on this token.
Result<std::vector<ResidentKey>> resident_keys_on(CtapClient& client, const Context& context,
                                                  const std::string& application);

}  // namespace halligan::token
