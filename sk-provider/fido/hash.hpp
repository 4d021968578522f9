// SHA-256, from libfido2, so that what is loaded into OpenSSH's helper needs no crypto library of its own.
#pragma once

#include <array>

#include "base/bytes.hpp"

namespace halligan::fido {

using Hash = std::array<std::uint8_t, 32>;

Hash sha256(ByteView data);

/// Does CTAP authenticator data (a CBOR byte string, as libfido2 hands it out) belong to this application?
/// Its first 32 bytes are the SHA-256 of the relying party id (WebAuthn, 6.1).
bool is_for_application(ByteView cbor_auth_data, std::string_view application);

}  // namespace halligan::fido
