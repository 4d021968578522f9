// The one DER structure that a token sends: Ecdsa-Sig-Value of RFC 3279, 2.2.3.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace halligan::fido {

struct EcdsaSignature {
  Bytes r;  ///< big-endian, no leading zeros, 1 to 32 bytes
  Bytes s;
};

/// Strict DER: shortest lengths, positive minimal integers of at most 32 bytes, nothing behind. @errors
/// kBadInput
Result<EcdsaSignature> parse_ecdsa_der(ByteView der);

}  // namespace halligan::fido
