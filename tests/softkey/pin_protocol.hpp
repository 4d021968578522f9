// PIN/UV auth protocols one and two: key agreement, encryption, authentication. @source CTAP 2.1,
// section 6.5.5-6.5.7
#pragma once

#include <cstdint>

#include "softkey/crypto.hpp"

namespace halligan::softkey {

/// What both sides derive from the key agreement: protocol one uses the first 32 bytes for both purposes,
/// protocol two has an HMAC key in front and an AES key behind it.
using SharedSecret = Secret<64>;
using Decrypted = Secret<1024>;

/// The parts that client and authenticator have in common. @param version 1 or 2
class PinCipher {
 public:
  explicit PinCipher(int version) : version_(version) {}
  int version() const { return version_; }

  /// @errors kInvalidParameter: the peer's point is not on the curve
  Outcome<SharedSecret> agree(const Key32& own, const Point& peer) const;
  /// Protocol one: the ciphertext; two: iv(16) || ciphertext. `plain` is a multiple of 16 bytes.
  Bytes encrypt(const SharedSecret& secret, ByteView plain, Env& env) const;
  /// @errors kInvalidParameter: not a whole number of blocks, or too long
  Outcome<Decrypted> decrypt(const SharedSecret& secret, ByteView cipher) const;
  /// 16 bytes in protocol one, 32 in two. @param key a shared secret or a token; its first 32 bytes count
  Bytes authenticate(ByteView key, ByteView message) const;
  bool verify(ByteView key, ByteView message, ByteView tag) const;

 private:
  ByteView aes_key(const SharedSecret& secret) const {
    return secret.view().subspan(version_ == 1 ? 0 : 32, 32);
  }
  int version_;
};

/// The authenticator's end of one protocol.
class PinProtocol {
 public:
  PinProtocol(int version, Env& env) : cipher_(version), key_(p256_generate(env)) { reset_token(env); }

  const PinCipher& cipher() const { return cipher_; }
  int version() const { return cipher_.version(); }
  Point public_key() const { return p256_public(key_); }
  Outcome<SharedSecret> agree(const Point& peer) const { return cipher_.agree(key_, peer); }
  /// After a wrong PIN a captured exchange is worth nothing.
  void regenerate(Env& env) { key_ = p256_generate(env); }
  void reset_token(Env& env);
  const Key32& token() const { return token_; }

 private:
  PinCipher cipher_;
  Key32 key_;
  Key32 token_;
};

}  // namespace halligan::softkey
