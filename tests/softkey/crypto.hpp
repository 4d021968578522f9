// The few primitives a token needs, over OpenSSL. What OpenSSL can refuse only for want of memory, or because
// of a bug here, is an exception; what a peer can get wrong is an Outcome.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>

#include "base/bytes.hpp"
#include "base/secret.hpp"
#include "softkey/env.hpp"
#include "softkey/status.hpp"

namespace halligan::softkey {

using Digest = std::array<std::uint8_t, 32>;
using Key32 = Secret<32>;

/// SHA-256 of the parts, one after the other.
Digest sha256(std::initializer_list<ByteView> parts);
Digest hmac_sha256(ByteView key, ByteView message);
/// HKDF-SHA-256 with 32 output bytes.
Key32 hkdf_sha256(ByteView secret, ByteView salt, std::string_view info);
/// Equality in constant time; false if the sizes differ.
bool equal_secret(ByteView a, ByteView b);

/// AES-256-CBC without padding: `data` is a multiple of 16 bytes, `out` as long as `data`.
void aes_cbc_encrypt(ByteView key, ByteView iv, ByteView data, std::uint8_t* out);
void aes_cbc_decrypt(ByteView key, ByteView iv, ByteView data, std::uint8_t* out);

/// AES-256-GCM: nonce(12) || ciphertext || tag(16).
Bytes seal(ByteView key, ByteView nonce, ByteView associated, ByteView plain);
/// The reverse into `out` of size sealed.size() - 28. False if it is not ours.
bool open_sealed(ByteView key, ByteView associated, ByteView sealed, std::uint8_t* out);

/// Coordinates of a P-256 point, big-endian.
struct Point {
  Digest x;
  Digest y;
};

/// 04 X Y, uncompressed (SEC 1, 2.3.3).
Bytes sec1(const Point& point);

/// A scalar in [1, n-1]. @param env its source of randomness
Key32 p256_generate(Env& env);
Point p256_public(const Key32& scalar);
/// The x coordinate of scalar * peer. @errors kInvalidParameter: the peer is not on the curve
Outcome<Key32> p256_ecdh(const Key32& scalar, const Point& peer);
/// SHA-256, then ECDSA; DER.
Bytes p256_sign(const Key32& scalar, ByteView message);

Digest ed25519_public(const Key32& seed);
Bytes ed25519_sign(const Key32& seed, ByteView message);

/// A self-signed certificate in the shape that packed attestation asks for (WebAuthn, section 8.2.1); DER.
Bytes attestation_certificate(const Key32& scalar, ByteView aaguid);

}  // namespace halligan::softkey
