// Authenticator data (WebAuthn, 6.1).
#pragma once

#include <string_view>

#include "base/bytes.hpp"

namespace halligan::ctap {

/// Does it belong to this application? Its first 32 bytes are the SHA-256 of the relying party ID.
/// @param cbor a CBOR byte string, as libfido2 gives it out
bool is_for_application(ByteView cbor, std::string_view application);

}  // namespace halligan::ctap
