// Software key pairs: make, check, sign with.
#pragma once

#include <memory>
#include <optional>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "ssh/key.hpp"
#include "ssh/key_file.hpp"
#include "ssh/signature.hpp"

namespace halligan::crypto {

constexpr unsigned kDefaultRsaBits = 3072;

/// A new key pair of a software kind; the private half exists only in the result and inside OpenSSL's cleared
/// memory.
/// @param rsa_bits 2048..16384, looked at for RSA only
/// @errors kUsage (a security key's kind, RSA size out of range) · kInternal (OpenSSL failed)
Result<ssh::PrivateKey> generate_key(ssh::KeyType type, unsigned rsa_bits = kDefaultRsaBits);

/// The private half belongs to the public half, by arithmetic. @errors kBadInput
Result<> check_key_pair(const ssh::PrivateKey& key);

/// What OpenSSH itself demands of a public key: an EC point on its curve, a number that OpenSSL takes. Not
/// that only its owner can use it, see check_public_key(). @errors kBadInput
Result<> check_encoding(const ssh::PublicKey& key);

/// Sign a message (not a digest) with a software key.
/// @errors kUsage (algorithm does not fit, SHA-1) · kBadInput (the key is broken) · kInternal
Result<ssh::Signature> sign(const ssh::PrivateKey& key, ByteView message, ssh::SignatureAlgorithm algorithm);
/// With ssh::default_algorithm of its kind.
Result<ssh::Signature> sign(const ssh::PrivateKey& key, ByteView message);

/// A software key made ready once, for many signatures.
class SigningKey {
 public:
  /// @errors kUsage (a security key) · kBadInput (the key is broken, see check_key_pair())
  static Result<SigningKey> make(const ssh::PrivateKey& key);

  /// As crypto::sign(). @errors kBadInput · kInternal
  Result<ssh::Signature> sign(ByteView message, ssh::SignatureAlgorithm algorithm) const;

  /// Whether a signature by this key is good, found with the private half: of P-256 in a third of the time of
  /// crypto::verify(). nullopt where the public half is as quick.
  /// @errors kNo (the signature does not verify)
  std::optional<Result<>> verify_own(ByteView message, const ssh::Signature& signature) const;

 private:
  struct Loaded;
  explicit SigningKey(std::shared_ptr<const Loaded> loaded) : loaded_(std::move(loaded)) {}

  std::shared_ptr<const Loaded> loaded_;
};

}  // namespace halligan::crypto
