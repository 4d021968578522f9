#include "softkey/ctap/credential_management.hpp"

#include <fmt/format.h>

namespace halligan::softkey {

std::string management_command_name(std::int64_t command) {
  switch (static_cast<ManagementCommand>(command)) {
    case ManagementCommand::kGetCredsMetadata:
      return "getCredsMetadata";
    case ManagementCommand::kEnumerateRpsBegin:
      return "enumerateRPsBegin";
    case ManagementCommand::kEnumerateRpsNext:
      return "enumerateRPsNext";
    case ManagementCommand::kEnumerateCredentialsBegin:
      return "enumerateCredentialsBegin";
    case ManagementCommand::kEnumerateCredentialsNext:
      return "enumerateCredentialsNext";
    case ManagementCommand::kDeleteCredential:
      return "deleteCredential";
    case ManagementCommand::kUpdateUserInformation:
      return "updateUserInformation";
  }
  return fmt::format("0x{:02x}", command);
}

Outcome<ManagementRequest> ManagementRequest::parse(const CborMap& map) {
  ManagementRequest request;
  SOFTKEY_TRY(request.command, map.need<std::int64_t>(1));
  SOFTKEY_TRY(const auto parameters, map.maybe<CborMap>(2));
  if (parameters) {
    request.parameters = map.find(2);
    SOFTKEY_TRY(request.rp_id_hash, parameters->maybe<Bytes>(1));
    SOFTKEY_TRY(const auto descriptor, parameters->maybe<CborMap>(2));
    if (descriptor) {
      SOFTKEY_TRY(request.credential_id, parse_descriptor(*descriptor));
    }
    SOFTKEY_TRY(const auto user, parameters->maybe<CborMap>(3));
    if (user) {
      SOFTKEY_TRY(request.user, parse_user(*user));
    }
  }
  SOFTKEY_TRY(request.auth.protocol, map.maybe<std::int64_t>(3));
  SOFTKEY_TRY(request.auth.param, map.maybe<Bytes>(4));
  return request;
}

Bytes ManagementRequest::encode(Command with) {
  MapBuilder inner;
  inner.add(1, rp_id_hash);
  if (credential_id) inner.add(2, encode_descriptor(*credential_id));
  if (user) inner.add(3, encode_user(*user, true));
  if (!inner.empty()) parameters = inner.build();
  return encode_request(
      with, MapBuilder().add(1, command).add(2, parameters).add(3, auth.protocol).add(4, auth.param).build());
}

Bytes ManagementRequest::authenticated() const {
  Bytes message{static_cast<std::uint8_t>(command)};
  if (parameters) append(message, parameters->encode());
  return message;
}

Cbor ManagementResponse::encode() const {
  MapBuilder map;
  map.add(1, existing).add(2, remaining);
  if (rp_id) map.add(3, MapBuilder().add("id", *rp_id).build());
  map.add(4, rp_id_hash).add(5, total_rps);
  if (user) map.add(6, encode_user(*user, true));
  if (credential_id) map.add(7, encode_descriptor(*credential_id));
  return map.add(8, public_key).add(9, total_credentials).add(0x0a, cred_protect).build();
}

Outcome<ManagementResponse> ManagementResponse::parse(const CborMap& map) {
  ManagementResponse response;
  SOFTKEY_TRY(response.existing, map.maybe<std::int64_t>(1));
  SOFTKEY_TRY(response.remaining, map.maybe<std::int64_t>(2));
  SOFTKEY_TRY(const auto rp, map.maybe<CborMap>(3));
  if (rp) {
    SOFTKEY_TRY(response.rp_id, rp->need<std::string>("id"));
  }
  SOFTKEY_TRY(response.rp_id_hash, map.maybe<Bytes>(4));
  SOFTKEY_TRY(response.total_rps, map.maybe<std::int64_t>(5));
  SOFTKEY_TRY(const auto user, map.maybe<CborMap>(6));
  if (user) {
    SOFTKEY_TRY(response.user, parse_user(*user));
  }
  SOFTKEY_TRY(const auto descriptor, map.maybe<CborMap>(7));
  if (descriptor) {
    SOFTKEY_TRY(response.credential_id, parse_descriptor(*descriptor));
  }
  response.public_key = map.find(8);
  SOFTKEY_TRY(response.total_credentials, map.maybe<std::int64_t>(9));
  SOFTKEY_TRY(response.cred_protect, map.maybe<std::int64_t>(0x0a));
  return response;
}

}  // namespace halligan::softkey
