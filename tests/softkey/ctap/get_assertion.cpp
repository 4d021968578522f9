#include "softkey/ctap/get_assertion.hpp"

#include <algorithm>

namespace halligan::softkey {

Outcome<HmacSecretInput> HmacSecretInput::parse(const CborMap& map) {
  HmacSecretInput input;
  SOFTKEY_TRY(const auto key, map.need<CborMap>(1));
  SOFTKEY_TRY(input.key_agreement, parse_agreement_key(key));
  SOFTKEY_TRY(input.salts, map.need<Bytes>(2));
  SOFTKEY_TRY(input.auth, map.need<Bytes>(3));
  SOFTKEY_TRY(const auto protocol, map.maybe<std::int64_t>(4));
  input.protocol = protocol.value_or(1);
  return input;
}

Cbor HmacSecretInput::encode() const {
  return MapBuilder()
      .add(1, encode_agreement_key(key_agreement))
      .add(2, salts)
      .add(3, auth)
      .add(4, protocol)
      .build();
}

Outcome<GetAssertionRequest> GetAssertionRequest::parse(const CborMap& map) {
  GetAssertionRequest request;
  SOFTKEY_TRY(request.rp_id, map.need<std::string>(1));
  SOFTKEY_TRY(const auto hash, map.need<Bytes>(2));
  if (hash.size() != request.client_data_hash.size()) return refuse(Status::kInvalidParameter);
  std::copy(hash.begin(), hash.end(), request.client_data_hash.begin());
  SOFTKEY_TRY(const auto allowed, map.maybe<std::vector<Cbor>>(3));
  if (allowed) {
    request.has_allow_list = !allowed->empty();
    SOFTKEY_TRY(request.allow_list, parse_descriptors(*allowed));
  }
  SOFTKEY_TRY(const auto extensions, map.maybe<CborMap>(4));
  if (extensions) {
    SOFTKEY_TRY(const auto input, extensions->maybe<CborMap>("hmac-secret"));
    if (input) {
      SOFTKEY_TRY(request.hmac_secret, HmacSecretInput::parse(*input));
    }
  }
  SOFTKEY_TRY(const auto options, map.maybe<CborMap>(5));
  if (options) {
    SOFTKEY_TRY(request.options, parse_options(*options));
  }
  SOFTKEY_TRY(request.auth.param, map.maybe<Bytes>(6));
  SOFTKEY_TRY(request.auth.protocol, map.maybe<std::int64_t>(7));
  return request;
}

Bytes GetAssertionRequest::encode() const {
  std::vector<Cbor> allowed;
  for (const Bytes& id : allow_list) allowed.push_back(encode_descriptor(id));
  MapBuilder map;
  map.add(1, rp_id).add(2, ByteView(client_data_hash));
  if (has_allow_list || !allowed.empty()) map.add(3, Cbor::array(allowed));
  if (hmac_secret) map.add(4, MapBuilder().add("hmac-secret", hmac_secret->encode()).build());
  map.add(5, encode_options(options)).add(6, auth.param).add(7, auth.protocol);
  return encode_request(Command::kGetAssertion, map.build());
}

Cbor GetAssertionResponse::encode() const {
  MapBuilder map;
  map.add(1, encode_descriptor(credential_id)).add(2, auth_data).add(3, signature);
  if (user) map.add(4, encode_user(*user, full_user));
  return map.add(5, number_of_credentials).build();
}

Outcome<GetAssertionResponse> GetAssertionResponse::parse(const CborMap& map) {
  GetAssertionResponse response;
  SOFTKEY_TRY(const auto descriptor, map.need<CborMap>(1));
  SOFTKEY_TRY(response.credential_id, parse_descriptor(descriptor));
  SOFTKEY_TRY(response.auth_data, map.need<Bytes>(2));
  SOFTKEY_TRY(response.signature, map.need<Bytes>(3));
  SOFTKEY_TRY(const auto user, map.maybe<CborMap>(4));
  if (user) {
    SOFTKEY_TRY(response.user, parse_user(*user));
    response.full_user = response.user->name || response.user->display_name;
  }
  SOFTKEY_TRY(response.number_of_credentials, map.maybe<std::int64_t>(5));
  return response;
}

}  // namespace halligan::softkey
