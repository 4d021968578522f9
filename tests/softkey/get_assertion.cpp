// authenticatorGetAssertion and getNextAssertion. @source CTAP 2.1, sections 6.2.2 and 6.3
#include <algorithm>

#include "softkey/authenticator.hpp"

namespace halligan::softkey {
namespace {
constexpr std::string_view kSign = "sign";
constexpr std::int64_t kNextWindowMs = 30'000;

Credential copy(const Credential& from) {
  Credential to;
  to.id = from.id;
  to.algorithm = from.algorithm;
  if (!to.key.append(from.key.view())) std::abort();
  to.protection = from.protection;
  to.rp_id_hash = from.rp_id_hash;
  to.resident = from.resident;
  to.rp_id = from.rp_id;
  to.user = from.user;
  to.created = from.created;
  return to;
}
}  // namespace

std::optional<Credential> Authenticator::find(const Bytes& id, const Digest& rp_id_hash) const {
  for (const Credential& each : state_.residents)
    if (each.id == id && each.rp_id_hash == rp_id_hash) return copy(each);
  return unwrap(id, rp_id_hash);
}

Outcome<std::vector<Credential>> Authenticator::applicable(const GetAssertionRequest& request,
                                                           bool verified) const {
  const Digest rp_id_hash = sha256({as_bytes(request.rp_id)});
  std::vector<Credential> found;
  if (request.has_allow_list) {
    for (const Bytes& id : request.allow_list) {
      auto credential = find(id, rp_id_hash);
      if (!credential || (credential->protection == 3 && !verified)) continue;
      found.push_back(*std::move(credential));
      break;  // any one will do
    }
  } else {
    for (const Credential& each : state_.residents)
      if (each.rp_id_hash == rp_id_hash && (each.protection == 1 || verified)) found.push_back(copy(each));
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.created < b.created; });
  }
  if (found.empty()) return refuse(Status::kNoCredentials);
  return found;
}

Authenticator::Answer Authenticator::get_assertion(const GetAssertionRequest& request) {
  trace_.options = request.options;
  trace_.rp_id = request.rp_id;

  SOFTKEY_CHECK(answer_empty_auth(request.auth, kSign, request.rp_id));  // step 1
  SOFTKEY_CHECK(check_protocol(request.auth));                           // step 2
  bool uv = request.options.uv.value_or(false) && !request.auth.param;   // step 4
  if (uv && !settings_.built_in_uv) return refuse(no_uv_status());
  if (request.options.rk) return refuse(Status::kUnsupportedOption);
  const bool up = request.options.up.value_or(true);
  if (always_uv() && up && !request.auth.param && !uv) {  // step 5
    if (!settings_.built_in_uv) return refuse(Status::kPuatRequired);
    uv = true;
  }
  if (request.allow_list.size() > kMaxCredentialsInList) return refuse(Status::kLimitExceeded);
  SOFTKEY_TRY(const Verified user,
              verify_user(request.auth, uv, kGetAssertion, request.client_data_hash, kSign,
                          request.rp_id));                                         // step 6
  SOFTKEY_TRY(std::vector<Credential> found, applicable(request, user.verified));  // step 7
  const bool modern = settings_.ctap == CtapVersion::k21;
  const auto& input = modern ? request.hmac_secret : std::nullopt;
  if (input && !up) return refuse(Status::kUnsupportedOption);  // section 12.5
  if (up) {                                                     // step 9
    if (!user.touched) SOFTKEY_CHECK(touch(kSign, request.rp_id));
    spend_token();
  }
  const Misbehaviour& how = settings_.misbehaviour;
  const auto flags = static_cast<std::uint8_t>((up && !how.untouched_signature ? kFlagUp : 0) |
                                               (user.verified && !how.unverified_signature ? kFlagUv : 0));
  if (how.two_signatures) found.push_back(copy(found.back()));
  const std::size_t count = found.size();
  // Names are for choosing one of several (section 6.2.2, "user").
  Asked asked{request.client_data_hash, flags, user.verified && count > 1, input};
  SOFTKEY_TRY(GetAssertionResponse response, assert_with(found.back(), asked));
  if (count > 1) {
    response.number_of_credentials = static_cast<std::int64_t>(count);
    found.pop_back();
    next_assertions_ = NextAssertions{std::move(asked), std::move(found), env_.now_ms()};
  }
  return std::optional<Cbor>(response.encode());
}

Authenticator::Answer Authenticator::get_next_assertion() {
  if (!next_assertions_) return refuse(Status::kNotAllowed);
  if (env_.now_ms() - next_assertions_->asked_ms > kNextWindowMs) {
    next_assertions_.reset();
    return refuse(Status::kNotAllowed);
  }
  const Credential credential = std::move(next_assertions_->credentials.back());
  next_assertions_->credentials.pop_back();
  trace_.rp_id = credential.rp_id;
  next_assertions_->asked_ms = env_.now_ms();
  const Asked asked = next_assertions_->asked;
  if (next_assertions_->credentials.empty()) next_assertions_.reset();
  SOFTKEY_TRY(const auto response, assert_with(credential, asked));
  return std::optional<Cbor>(response.encode());
}

// Every credential has its secrets, those made without the extension too: they come from its key.
Outcome<Bytes> Authenticator::hmac_secret(const Credential& credential, const HmacSecretInput& input,
                                          bool verified) {
  SOFTKEY_TRY(PinProtocol* const used, protocol(input.protocol));
  SOFTKEY_TRY(const SharedSecret shared, used->agree(input.key_agreement));
  if (!used->cipher().verify(shared.view(), input.salts, input.auth)) return refuse(Status::kPinAuthInvalid);
  SOFTKEY_TRY(const Decrypted salts, used->cipher().decrypt(shared, input.salts));
  constexpr std::size_t kSalt = 32;
  if (salts.size() != kSalt && salts.size() != 2 * kSalt) return refuse(Status::kInvalidParameter);
  const Key32 random = hkdf_sha256(credential.key.view(), credential.id,
                                   verified ? "CredRandomWithUV" : "CredRandomWithoutUV");
  SharedSecret output;
  for (std::size_t at = 0; at < salts.size(); at += kSalt) {
    if (!output.append(hmac_sha256(random.view(), salts.view().subspan(at, kSalt)))) std::abort();
  }
  return used->cipher().encrypt(shared, output.view(), env_);
}

Outcome<GetAssertionResponse> Authenticator::assert_with(const Credential& credential, const Asked& asked) {
  GetAssertionResponse response;
  response.credential_id = credential.id;
  Bytes extensions;
  if (asked.hmac_secret) {
    SOFTKEY_TRY(const Bytes secret,
                hmac_secret(credential, *asked.hmac_secret, (asked.flags & kFlagUv) != 0));
    extensions = MapBuilder().add("hmac-secret", secret).build().encode();
  }
  const auto flags = static_cast<std::uint8_t>(asked.flags | (extensions.empty() ? 0 : kFlagExtensions));
  response.auth_data = auth_data(credential.rp_id_hash, flags, next_counter());
  append(response.auth_data, extensions);
  SOFTKEY_CHECK(persist());  // the counter is on the disk before the signature leaves
  Bytes message = response.auth_data;
  append(message, asked.client_data_hash);
  response.signature = sign(credential, message);
  if (credential.resident) {
    response.user = credential.user;
    response.full_user = asked.names;
  }
  return response;
}

}  // namespace halligan::softkey
