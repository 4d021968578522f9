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
  if (up) {                                                                        // step 9
    if (!user.touched) SOFTKEY_CHECK(touch(kSign, request.rp_id));
    puat_.spend();
  }
  const Misbehaviour& how = settings_.misbehaviour;
  const auto flags = static_cast<std::uint8_t>((up && !how.untouched_signature ? kFlagUp : 0) |
                                               (user.verified && !how.unverified_signature ? kFlagUv : 0));
  if (how.two_signatures) found.push_back(copy(found.back()));
  const std::size_t count = found.size();
  SOFTKEY_TRY(GetAssertionResponse response, assert_with(found.back(), request.client_data_hash, flags));
  if (count > 1) {
    response.number_of_credentials = static_cast<std::int64_t>(count);
    found.pop_back();
    next_assertions_ = NextAssertions{request.client_data_hash, flags, std::move(found), env_.now_ms()};
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
  const Digest hash = next_assertions_->client_data_hash;
  const std::uint8_t flags = next_assertions_->flags;
  if (next_assertions_->credentials.empty()) next_assertions_.reset();
  SOFTKEY_TRY(const auto response, assert_with(credential, hash, flags));
  return std::optional<Cbor>(response.encode());
}

Outcome<GetAssertionResponse> Authenticator::assert_with(const Credential& credential, const Digest& hash,
                                                         std::uint8_t flags) {
  GetAssertionResponse response;
  response.credential_id = credential.id;
  response.auth_data = auth_data(credential.rp_id_hash, flags, next_counter());
  SOFTKEY_CHECK(persist());  // the counter is on the disk before the signature leaves
  Bytes message = response.auth_data;
  append(message, hash);
  response.signature = sign(credential, message);
  if (credential.resident) {
    response.user = credential.user;
    response.full_user = (flags & kFlagUv) != 0;
  }
  return response;
}

}  // namespace halligan::softkey
