// authenticatorClientPIN. @source CTAP 2.1, section 6.5.5
#pragma once

#include "softkey/ctap/entities.hpp"

namespace halligan::softkey {

enum class PinCommand : std::uint8_t {
  kGetPinRetries = 0x01,
  kGetKeyAgreement = 0x02,
  kSetPin = 0x03,
  kChangePin = 0x04,
  kGetPinToken = 0x05,
  kGetTokenUsingUv = 0x06,
  kGetUvRetries = 0x07,
  kGetTokenUsingPin = 0x09,
};

/// "getPINRetries", or "0x99".
std::string pin_command_name(std::int64_t command);

struct ClientPinRequest {
  std::int64_t command = 0;
  std::optional<std::int64_t> protocol;
  std::optional<Point> key_agreement;
  std::optional<Bytes> param;
  std::optional<Bytes> new_pin;   ///< encrypted
  std::optional<Bytes> pin_hash;  ///< encrypted
  std::optional<std::int64_t> permissions;
  std::optional<std::string> rp_id;

  /// @errors kMissingParameter, kInvalidParameter, kCborUnexpectedType
  static Outcome<ClientPinRequest> parse(const CborMap& map);
  Bytes encode() const;
};

struct ClientPinResponse {
  std::optional<Point> key_agreement;
  std::optional<Bytes> token;  ///< encrypted
  std::optional<std::int64_t> pin_retries;
  std::optional<bool> power_cycle;
  std::optional<std::int64_t> uv_retries;

  Cbor encode() const;
  static Outcome<ClientPinResponse> parse(const CborMap& map);
};

}  // namespace halligan::softkey
