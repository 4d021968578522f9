#include "softkey/ctap/client_pin.hpp"

#include <fmt/format.h>

namespace halligan::softkey {

std::string pin_command_name(std::int64_t command) {
  switch (static_cast<PinCommand>(command)) {
    case PinCommand::kGetPinRetries:
      return "getPINRetries";
    case PinCommand::kGetKeyAgreement:
      return "getKeyAgreement";
    case PinCommand::kSetPin:
      return "setPIN";
    case PinCommand::kChangePin:
      return "changePIN";
    case PinCommand::kGetPinToken:
      return "getPinToken";
    case PinCommand::kGetTokenUsingUv:
      return "getTokenUsingUv";
    case PinCommand::kGetUvRetries:
      return "getUVRetries";
    case PinCommand::kGetTokenUsingPin:
      return "getTokenUsingPin";
  }
  return fmt::format("0x{:02x}", command);
}

Outcome<ClientPinRequest> ClientPinRequest::parse(const CborMap& map) {
  ClientPinRequest request;
  SOFTKEY_TRY(request.protocol, map.maybe<std::int64_t>(1));
  SOFTKEY_TRY(request.command, map.need<std::int64_t>(2));
  SOFTKEY_TRY(const auto key, map.maybe<CborMap>(3));
  if (key) {
    SOFTKEY_TRY(request.key_agreement, parse_agreement_key(*key));
  }
  SOFTKEY_TRY(request.param, map.maybe<Bytes>(4));
  SOFTKEY_TRY(request.new_pin, map.maybe<Bytes>(5));
  SOFTKEY_TRY(request.pin_hash, map.maybe<Bytes>(6));
  SOFTKEY_TRY(request.permissions, map.maybe<std::int64_t>(9));
  SOFTKEY_TRY(request.rp_id, map.maybe<std::string>(0x0a));
  return request;
}

Bytes ClientPinRequest::encode() const {
  MapBuilder map;
  map.add(1, protocol).add(2, command);
  if (key_agreement) map.add(3, encode_agreement_key(*key_agreement));
  map.add(4, param).add(5, new_pin).add(6, pin_hash).add(9, permissions).add(0x0a, rp_id);
  return encode_request(Command::kClientPin, map.build());
}

Cbor ClientPinResponse::encode() const {
  MapBuilder map;
  if (key_agreement) map.add(1, encode_agreement_key(*key_agreement));
  return map.add(2, token).add(3, pin_retries).add(4, power_cycle).add(5, uv_retries).build();
}

Outcome<ClientPinResponse> ClientPinResponse::parse(const CborMap& map) {
  ClientPinResponse response;
  SOFTKEY_TRY(const auto key, map.maybe<CborMap>(1));
  if (key) {
    SOFTKEY_TRY(response.key_agreement, parse_agreement_key(*key));
  }
  SOFTKEY_TRY(response.token, map.maybe<Bytes>(2));
  SOFTKEY_TRY(response.pin_retries, map.maybe<std::int64_t>(3));
  SOFTKEY_TRY(response.power_cycle, map.maybe<bool>(4));
  SOFTKEY_TRY(response.uv_retries, map.maybe<std::int64_t>(5));
  return response;
}

}  // namespace halligan::softkey
