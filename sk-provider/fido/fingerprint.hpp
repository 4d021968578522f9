// The fingerprint by which people compare public keys.
#pragma once

#include <string>

#include "fido/request.hpp"

namespace halligan::fido {

/// "SHA256:..." as ssh-keygen -l shows it. @param public_key 65 bytes 04‖X‖Y, or 32 bytes of Ed25519
std::string fingerprint(Algorithm algorithm, ByteView public_key, const std::string& application);

}  // namespace halligan::fido
