// Is a public key one that only its owner can use?
#pragma once

#include "base/result.hpp"
#include "ssh/key.hpp"

namespace halligan::crypto {

/// For every key that enters: to be certified, of a CA, of a co-signer. Refused are those whose private half,
/// or whose signatures, anybody can make: an Ed25519 point that is not on the curve, not in its one encoding,
/// or of small order (RFC 8032, 5.1.3; eight points and their other spellings); a point of ECDSA that is not
/// on its curve; an RSA modulus that is even, prime, a power of a prime or has a small factor, and an
/// exponent that is even or 1. Keys on tokens likewise.
/// @errors kBadInput: why
Result<> check_public_key(const ssh::PublicKey& key);

/// Is it an Ed25519 key that no implementation can decode, since its bytes are not a point of the curve? No
/// signature by it verifies.
bool is_off_curve(const ssh::PublicKey& key);

}  // namespace halligan::crypto
