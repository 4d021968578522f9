#include "softkey/ctap/make_credential.hpp"

#include <algorithm>

namespace halligan::softkey {
namespace {

Outcome<std::vector<std::int64_t>> parse_algorithms(const std::vector<Cbor>& items) {
  std::vector<std::int64_t> algorithms;
  for (const Cbor& item : items) {
    SOFTKEY_TRY(const auto map, item.as<CborMap>());
    SOFTKEY_TRY(const auto algorithm, map.need<std::int64_t>("alg"));
    SOFTKEY_TRY(const auto type, map.need<std::string>("type"));
    if (type == "public-key") algorithms.push_back(algorithm);
  }
  return algorithms;
}

}  // namespace

Outcome<MakeCredentialRequest> MakeCredentialRequest::parse(const CborMap& map) {
  MakeCredentialRequest request;
  SOFTKEY_TRY(const auto hash, map.need<Bytes>(1));
  if (hash.size() != request.client_data_hash.size()) return refuse(Status::kInvalidParameter);
  std::copy(hash.begin(), hash.end(), request.client_data_hash.begin());
  SOFTKEY_TRY(const auto rp, map.need<CborMap>(2));
  SOFTKEY_TRY(request.rp_id, rp.need<std::string>("id"));
  SOFTKEY_TRY(const auto rp_name, rp.maybe<std::string>("name"));  // checked, not kept
  SOFTKEY_TRY(const auto user, map.need<CborMap>(3));
  SOFTKEY_TRY(request.user, parse_user(user));
  SOFTKEY_TRY(const auto algorithms, map.need<std::vector<Cbor>>(4));
  SOFTKEY_TRY(request.algorithms, parse_algorithms(algorithms));
  SOFTKEY_TRY(const auto excluded, map.maybe<std::vector<Cbor>>(5));
  if (excluded) {
    SOFTKEY_TRY(request.exclude_list, parse_descriptors(*excluded));
  }
  SOFTKEY_TRY(const auto extensions, map.maybe<CborMap>(6));
  if (extensions) {
    SOFTKEY_TRY(request.cred_protect, extensions->maybe<std::int64_t>("credProtect"));
    SOFTKEY_TRY(request.hmac_secret, extensions->maybe<bool>("hmac-secret"));
  }
  SOFTKEY_TRY(const auto options, map.maybe<CborMap>(7));
  if (options) {
    SOFTKEY_TRY(request.options, parse_options(*options));
  }
  SOFTKEY_TRY(request.auth.param, map.maybe<Bytes>(8));
  SOFTKEY_TRY(request.auth.protocol, map.maybe<std::int64_t>(9));
  request.enterprise_attestation = map.find(0x0a).has_value();
  return request;
}

Bytes MakeCredentialRequest::encode() const {
  std::vector<Cbor> parameters;
  for (const std::int64_t algorithm : algorithms)
    parameters.push_back(MapBuilder().add("alg", algorithm).add("type", "public-key").build());
  std::vector<Cbor> excluded;
  for (const Bytes& id : exclude_list) excluded.push_back(encode_descriptor(id));

  MapBuilder map;
  map.add(1, ByteView(client_data_hash))
      .add(2, MapBuilder().add("id", rp_id).build())
      .add(3, encode_user(user, true))
      .add(4, Cbor::array(parameters));
  if (!excluded.empty()) map.add(5, Cbor::array(excluded));
  MapBuilder extensions;
  extensions.add("credProtect", cred_protect).add("hmac-secret", hmac_secret);
  if (!extensions.empty()) map.add(6, extensions.build());
  map.add(7, encode_options(options)).add(8, auth.param).add(9, auth.protocol);
  if (enterprise_attestation) map.add(0x0a, 1);
  return encode_request(Command::kMakeCredential, map.build());
}

Cbor MakeCredentialResponse::encode() const {
  MapBuilder statement;
  if (!signature.empty()) {
    if (format == "packed") statement.add("alg", algorithm);
    statement.add("sig", signature);
    if (!certificate.empty()) statement.add("x5c", Cbor::array({Cbor(certificate)}));
  }
  return MapBuilder().add(1, format).add(2, auth_data).add(3, statement.build()).build();
}

Outcome<MakeCredentialResponse> MakeCredentialResponse::parse(const CborMap& map) {
  MakeCredentialResponse response;
  SOFTKEY_TRY(response.format, map.need<std::string>(1));
  SOFTKEY_TRY(response.auth_data, map.need<Bytes>(2));
  SOFTKEY_TRY(const auto statement, map.need<CborMap>(3));
  SOFTKEY_TRY(const auto algorithm, statement.maybe<std::int64_t>("alg"));
  response.algorithm = algorithm.value_or(0);
  SOFTKEY_TRY(auto signature, statement.maybe<Bytes>("sig"));
  if (signature) response.signature = std::move(*signature);
  SOFTKEY_TRY(const auto chain, statement.maybe<std::vector<Cbor>>("x5c"));
  if (chain && !chain->empty()) {
    SOFTKEY_TRY(response.certificate, chain->front().as<Bytes>());
  }
  return response;
}

}  // namespace halligan::softkey
