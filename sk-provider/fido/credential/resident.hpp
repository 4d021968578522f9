// Resident keys of an open token.
#pragma once

#include "fido/ctap_client.hpp"

namespace halligan::fido {

/// As resident_keys_of(), on this token.
Result<std::vector<ResidentKey>> resident_keys_on(CtapClient& client, const Context& context,
                                                  const std::string& application);

}  // namespace halligan::fido
