// authenticatorGetAssertion and authenticatorGetNextAssertion. @source CTAP 2.1, sections 6.2 and 6.3
#pragma once

#include "softkey/ctap/entities.hpp"

namespace halligan::softkey {

/// Input of the extension hmac-secret. @source CTAP 2.1, section 12.5
struct HmacSecretInput {
  Point key_agreement{};
  Bytes salts;                ///< saltEnc
  Bytes auth;                 ///< saltAuth
  std::int64_t protocol = 1;  ///< pinUvAuthProtocol

  /// @errors as parse_agreement_key()
  static Outcome<HmacSecretInput> parse(const CborMap& map);
  Cbor encode() const;
};

struct GetAssertionRequest {
  std::string rp_id;
  Digest client_data_hash{};
  std::vector<Bytes> allow_list;
  bool has_allow_list = false;  ///< one was given and was not empty, whatever it held
  std::optional<HmacSecretInput> hmac_secret;
  Options options;
  PinUvAuth auth;

  /// @errors kMissingParameter, kInvalidParameter, kCborUnexpectedType
  static Outcome<GetAssertionRequest> parse(const CborMap& map);
  Bytes encode() const;
};

struct GetAssertionResponse {
  Bytes credential_id;
  Bytes auth_data;
  Bytes signature;
  std::optional<User> user;
  bool full_user = false;  ///< name and displayName too
  std::optional<std::int64_t> number_of_credentials;

  Cbor encode() const;
  static Outcome<GetAssertionResponse> parse(const CborMap& map);
};

}  // namespace halligan::softkey
