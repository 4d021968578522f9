// Verifying signatures of all kinds, those of security keys included, and those on certificates.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/digest.hpp"
#include "ssh/certificate.hpp"
#include "ssh/key.hpp"
#include "ssh/signature.hpp"

namespace halligan::crypto {

/// What a valid signature says besides being valid.
struct Verified {
  bool is_sk = false;
  std::uint8_t flags = 0;     ///< sk only, signed: user presence, user verification
  std::uint32_t counter = 0;  ///< sk only, signed

  bool user_present() const { return (flags & ssh::kUserPresent) != 0; }
  bool user_verified() const { return (flags & ssh::kUserVerified) != 0; }
};

/// Touch and PIN are reported, not required: it is for the caller to insist.
/// @param message the message itself, not its digest
/// @errors kNo (the signature does not verify) · kBadInput (key and algorithm do not fit, the key is broken)
///         · kUnsupported (RSA with SHA-1)
Result<Verified> verify(const ssh::PublicKey& key, ByteView message, const ssh::Signature& signature);

/// The CA's signature on a certificate, by the CA key that the certificate itself names: whose CA that is, is
/// another question. @errors as verify()
Result<Verified> verify_certificate(const ssh::Certificate& certificate);

/// The same for many signatures by few keys: what OpenSSL makes of a key, which costs about as much as
/// verifying, is kept for the keys seen last. One for each thread.
class Verifier {
 public:
  Verifier();
  ~Verifier();

  Result<Verified> verify(const ssh::PublicKey& key, ByteView message, const ssh::Signature& signature);
  Result<Verified> verify_certificate(const ssh::Certificate& certificate);
  /// By the SHA-256 of the message: that is all of it that a security key signs.
  /// @errors as verify() · kBadInput (a key that signs the message itself)
  Result<Verified> verify_hash(const ssh::PublicKey& key, const Sha256& hash,
                               const ssh::Signature& signature);

 private:
  struct Kept;
  std::unique_ptr<Kept> kept_;
};

}  // namespace halligan::crypto
