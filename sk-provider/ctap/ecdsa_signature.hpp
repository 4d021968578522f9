// The one DER structure that a token sends: Ecdsa-Sig-Value (RFC 3279, 2.2.3).
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace halligan::ctap {

struct EcdsaSignature {
  Bytes r;  ///< big-endian, no leading zeros, 1 to 32 bytes
  Bytes s;
};

/// Strict DER of two positive integers of at most 32 bytes, and nothing after it. @errors kBadInput
Result<EcdsaSignature> parse_ecdsa_signature(ByteView der);

}  // namespace halligan::ctap
