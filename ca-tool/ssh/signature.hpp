// Signature blobs: string algorithm, string signature, then for security keys flags and counter.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "ssh/key.hpp"

namespace halligan::ssh {

enum class SignatureAlgorithm {
  kEd25519,
  kEcdsa256,
  kEcdsa384,
  kEcdsa521,
  kRsaSha1,  ///< "ssh-rsa": parsed so that it can be shown, never made and never verified
  kRsaSha256,
  kRsaSha512,
  kSkEcdsa,
  kSkEd25519,
};

std::string_view name(SignatureAlgorithm algorithm);
inline bool is_sk(SignatureAlgorithm algorithm) {
  return algorithm == SignatureAlgorithm::kSkEcdsa || algorithm == SignatureAlgorithm::kSkEd25519;
}
/// False for SHA-1, which OpenSSH refuses in certificates since 8.2.
inline bool is_supported(SignatureAlgorithm algorithm) { return algorithm != SignatureAlgorithm::kRsaSha1; }
/// Can a key of this kind make such a signature?
bool fits(SignatureAlgorithm algorithm, KeyType type);
/// What we sign with: the key's own algorithm, rsa-sha2-512 for RSA as ssh-keygen does.
SignatureAlgorithm default_algorithm(KeyType type);

// Bits of the flags byte (CTAP 2.1, 6.1 authData).
constexpr std::uint8_t kUserPresent = 0x01;
constexpr std::uint8_t kUserVerified = 0x04;

struct Signature {
  SignatureAlgorithm algorithm{};
  Bytes raw{};  ///< ed25519: 64 bytes; RSA: the number, as long as it came; empty for ECDSA
  Bytes r{};    ///< ECDSA: magnitudes without leading zeros, at most as long as the curve's order
  Bytes s{};
  std::uint8_t flags = 0;     ///< sk only
  std::uint32_t counter = 0;  ///< sk only

  bool operator==(const Signature&) const = default;
};

/// From a blob, all of it. @errors kBadInput · kUnsupported (an algorithm that is not in the list, such as
/// webauthn)
Result<Signature> parse_signature(ByteView blob);

/// The blob: byte for byte what was parsed.
Bytes encode(const Signature& signature);

/// What a security key signs: SHA256(application) ‖ flags ‖ u32 counter ‖ SHA256(message).
/// The hashes come from crypto. @source OpenSSH's PROTOCOL.u2f, "SSH U2F Signatures"
Bytes sk_signed_data(std::span<const std::uint8_t, 32> application_hash, std::uint8_t flags,
                     std::uint32_t counter, std::span<const std::uint8_t, 32> message_hash);

}  // namespace halligan::ssh
