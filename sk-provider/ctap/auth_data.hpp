// Authenticator data (WebAuthn, 6.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"

namespace halligan::ctap {

/// Does it belong to this application? Its first 32 bytes are the SHA-256 of the relying party ID.
/// @param cbor a CBOR byte string, as libfido2 gives it out
bool is_for_application(ByteView cbor, std::string_view application);

/// What a token says of a key that it made.
struct NewKey {
  std::uint8_t flags;
  Bytes id;            ///< the credential ID
  int protection = 0;  ///< level of credProtect, 0 without
};
/// @param cbor as above; nothing if it is of no key, or malformed
std::optional<NewKey> new_key(ByteView cbor);

/// The signature counter in authenticator data. @param data the bytes themselves; nothing if they are too few
std::optional<std::uint32_t> counter_of(ByteView data);

}  // namespace halligan::ctap
