// The attestation of a CA's key by itself: does it fit the key and what was noted when it was made? Who may
// attest keys is not asked here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "attest/finding.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/attester.hpp"
#include "ssh/attestation.hpp"
#include "ssh/key.hpp"

namespace halligan::attest {

/// What is known of a CA's key without its attestation.
struct Noted {
  ssh::PublicKey key;
  Bytes challenge{};
  std::optional<std::uint32_t> counter{};  ///< of the token, after it made the key
};

/// Which of WebAuthn's statements it is: the file does not say, but only one of them can verify.
enum class Form {
  kNone,    ///< nobody attests the key
  kSelf,    ///< packed, by the key itself (8.2, self attestation)
  kPacked,  ///< packed, by a certificate
  kU2f,     ///< fido-u2f (8.6), by a certificate: model, touch and counter are not signed
};

struct Statement {
  Form form = Form::kNone;
  std::uint8_t flags = 0;                 ///< kSelf, kPacked: ssh::kUserPresent, ssh::kUserVerified
  std::array<std::uint8_t, 16> aaguid{};  ///< kPacked; zeros: the token does not say its model
  Bytes certificate{};                    ///< kPacked, kU2f
  std::optional<crypto::Attester> attester{};
};

/// Every contradiction becomes a fault.
/// @errors kBadInput (not authenticator data with a key, not a certificate) · kUnsupported (the certificate's
/// key is not ECDSA on P-256, RSA or Ed25519)
Result<Statement> check_statement(const ssh::Attestation& kept, const Noted& noted, Findings& findings);

}  // namespace halligan::attest
