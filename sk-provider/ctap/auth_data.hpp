// Authenticator data (WebAuthn, 6.1).
#pragma once

#include <array>
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
  std::array<std::uint8_t, 16> aaguid{};  ///< the model of the token; zeros: it does not say
  Bytes id;                               ///< the credential ID
  Bytes public_key{};                     ///< COSE, see credential_key()
  int protection = 0;                     ///< level of credProtect, 0 without
};
/// @param cbor as above; nothing if it is of no key, or malformed
std::optional<NewKey> new_key(ByteView cbor);

/// The application's hash, flags, … that a byte string holds, and nothing besides; nothing if it is not one.
std::optional<Bytes> auth_data_in(ByteView cbor);

/// A public key of a kind that SSH has for tokens.
struct CredentialKey {
  bool ed25519;  ///< else ECDSA on P-256
  Bytes point;   ///< 32, or 04 ‖ x ‖ y
};
/// @param cose a public key; nothing if it is of another kind, or malformed
std::optional<CredentialKey> credential_key(ByteView cose);

/// The signature counter in authenticator data. @param data the bytes themselves; nothing if they are too few
std::optional<std::uint32_t> counter_of(ByteView data);

}  // namespace halligan::ctap
