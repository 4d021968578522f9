// PIN/UV auth protocols one and two, the client's end (CTAP 2.1, 6.5.6 and 6.5.7).
#pragma once

#include <array>
#include <optional>

#include "base/bytes.hpp"
#include "base/secret.hpp"

namespace halligan::ctap {

/// A point of P-256 in affine coordinates.
struct Point {
  std::array<std::uint8_t, 32> x{}, y{};
};

/// Proves to the token that its user was verified, for the requests that it was issued for.
class PinUvAuthToken {
 public:
  PinUvAuthToken(int version, Secret<32> key) : version_(version), key_(std::move(key)) {}
  int version() const { return version_; }  ///< of the protocol: pinUvAuthProtocol of the requests
  /// The pinUvAuthParam for a message.
  Bytes authenticate(ByteView message) const;

 private:
  int version_;
  Secret<32> key_;
};

/// One key agreement with a token.
class PinProtocol {
 public:
  /// @param version 1 or 2
  /// @return nothing if the token's key is not a point on the curve
  static std::optional<PinProtocol> agree(int version, const Point& token_key);

  int version() const { return version_; }
  const Point& public_key() const { return own_; }

  /// pinHashEnc: the first half of the PIN's SHA-256, encrypted.
  Bytes encrypt_pin_hash(ByteView pin) const;
  /// The pinUvAuthToken in an answer; nothing if its size is wrong.
  std::optional<PinUvAuthToken> decrypt_token(ByteView encrypted) const;

 private:
  explicit PinProtocol(int version) : version_(version) {}
  Bytes encrypt(ByteView blocks) const;

  int version_;
  Point own_;
  Secret<64> secret_;  // version 1: one key for both purposes; 2: 32 bytes for HMAC, 32 for AES
};

}  // namespace halligan::ctap
