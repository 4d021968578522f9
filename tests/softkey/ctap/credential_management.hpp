// authenticatorCredentialManagement and its preview. @source CTAP 2.1, section 6.8
#pragma once

#include "softkey/ctap/entities.hpp"

namespace halligan::softkey {

enum class ManagementCommand : std::uint8_t {
  kGetCredsMetadata = 0x01,
  kEnumerateRpsBegin = 0x02,
  kEnumerateRpsNext = 0x03,
  kEnumerateCredentialsBegin = 0x04,
  kEnumerateCredentialsNext = 0x05,
  kDeleteCredential = 0x06,
  kUpdateUserInformation = 0x07,
};

/// "enumerateRPsBegin", or "0x99".
std::string management_command_name(std::int64_t command);

struct ManagementRequest {
  std::int64_t command = 0;
  std::optional<Cbor> parameters;  ///< as they came: their bytes are authenticated
  std::optional<Bytes> rp_id_hash;
  std::optional<Bytes> credential_id;
  std::optional<User> user;
  PinUvAuth auth;

  /// @errors kMissingParameter, kInvalidParameter, kCborUnexpectedType
  static Outcome<ManagementRequest> parse(const CborMap& map);
  /// Fills `parameters` from the members. @param with kCredentialManagement or its preview
  Bytes encode(Command with);
  /// subCommand || subCommandParams: what pinUvAuthParam authenticates
  Bytes authenticated() const;
};

struct ManagementResponse {
  std::optional<std::int64_t> existing;
  std::optional<std::int64_t> remaining;
  std::optional<std::string> rp_id;
  std::optional<Bytes> rp_id_hash;
  std::optional<std::int64_t> total_rps;
  std::optional<User> user;
  std::optional<Bytes> credential_id;
  std::optional<Cbor> public_key;
  std::optional<std::int64_t> total_credentials;
  std::optional<std::int64_t> cred_protect;

  Cbor encode() const;
  static Outcome<ManagementResponse> parse(const CborMap& map);
};

}  // namespace halligan::softkey
