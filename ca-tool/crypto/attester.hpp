// Who attests a key on a token, by the certificate that the token sent.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/digest.hpp"

namespace halligan::crypto {

/// What the certificate says of itself; all of it is from a stranger.
struct Attester {
  std::string subject;  ///< distinguished names as RFC 2253 writes them
  std::string issuer;
  bool self_signed = false;  ///< by the key in it: anybody can make such a certificate
  /// The rule of WebAuthn 8.2.1 (packed attestation) that it breaks, as in "is a CA's"; empty: none
  std::string breach{};
  std::optional<std::array<std::uint8_t, 16>> aaguid{};  ///< the only model that it is for
  Sha1 key_identifier{};  ///< of its key by RFC 5280, 4.2.1.2 (1): how metadata name a U2F token
};

/// Nothing is compared with a maker's root certificate. @param der X.509. @errors kBadInput
Result<Attester> read_attester(ByteView der);

}  // namespace halligan::crypto
