// authenticatorMakeCredential. @source CTAP 2.1, section 6.1
#pragma once

#include "softkey/ctap/entities.hpp"

namespace halligan::softkey {

struct MakeCredentialRequest {
  Digest client_data_hash{};
  std::string rp_id;
  User user;
  std::vector<std::int64_t>
      algorithms;  ///< COSE numbers of the "public-key" entries, the client's favourite first
  std::vector<Bytes> exclude_list;
  std::optional<std::int64_t> cred_protect;
  std::optional<bool> hmac_secret;
  Options options;
  PinUvAuth auth;
  bool enterprise_attestation = false;

  /// @errors kMissingParameter, kInvalidParameter, kCborUnexpectedType
  static Outcome<MakeCredentialRequest> parse(const CborMap& map);
  Bytes encode() const;
};

struct MakeCredentialResponse {
  std::string format;  ///< "packed" or "none"
  Bytes auth_data;
  std::int64_t algorithm = 0;  ///< of the signature
  Bytes signature;             ///< empty for "none"
  Bytes certificate;           ///< DER; empty for self attestation

  Cbor encode() const;
  static Outcome<MakeCredentialResponse> parse(const CborMap& map);
};

}  // namespace halligan::softkey
