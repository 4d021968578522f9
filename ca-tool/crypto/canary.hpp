// Canaries: certificates for a key that does not exist. sshd says of such a certificate whether it would
// accept it, and nobody can ever log in with it.
//
// The key ID is "halligan-canary LABEL NONCE" (of one that is to be revoked "halligan-canary-revoked LABEL
// NONCE"), the subject an Ed25519 key whose 32 bytes are the SHA-256 of the key ID, chosen by its nonce so
// that they are not a point of the curve: no private key belongs to it, and no signature verifies. Anybody
// can recompute it:
//   printf %s 'halligan-canary root 6c1d…' | sha256sum
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "ssh/certificate.hpp"

namespace halligan::crypto {

inline constexpr std::string_view kCanaryWord = "halligan-canary";
inline constexpr std::string_view kRevokedCanaryWord = "halligan-canary-revoked";

/// What its key ID says.
struct CanaryName {
  std::string label;     ///< the account; 1 to 64 bytes of printable ASCII without blanks
  bool revoked = false;  ///< it is to be in the hosts' list of revoked keys
};

/// The name and the key that belongs to it.
struct CanaryKey {
  std::string key_id;
  ssh::PublicKey key;
};

/// A new one. @errors kUsage (the label) · kInternal (no random bytes)
Result<CanaryKey> make_canary_key(const CanaryName& name);

/// Nothing if the key ID is not a canary's. It proves nothing.
std::optional<CanaryName> parse_canary_name(std::string_view key_id);

/// Does no private key exist for it: is the subject the hash of the key ID, and not a point of the curve?
bool is_canary(std::string_view key_id, const ssh::PublicKey& subject);
/// The same of a user's certificate.
inline bool is_canary(const ssh::CertificateBody& body) {
  return body.type == ssh::CertificateType::kUser && is_canary(body.key_id, body.subject);
}
/// Does its key ID claim what the key does not keep?
inline bool is_false_canary(const ssh::CertificateBody& body) {
  return parse_canary_name(body.key_id) && !is_canary(body);
}

}  // namespace halligan::crypto
