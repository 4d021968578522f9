// Chooses the transport of a token.
#pragma once

#include <memory>

#include "fido/device.hpp"

namespace halligan::fido {

/// The transport for the token at `where`, not yet open. Never null.
std::unique_ptr<Transport> make_transport(const TokenPath& where, const Settings& settings,
                                          Presence* presence);

}  // namespace halligan::fido
