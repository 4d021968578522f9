// authenticatorMakeCredential, step by step as the specification has it. @source CTAP 2.1, section 6.1.2
#include <algorithm>

#include "softkey/authenticator.hpp"

namespace halligan::softkey {
namespace {

constexpr std::string_view kMakeACredential = "make a credential";

Outcome<Algorithm> choose(const std::vector<std::int64_t>& algorithms) {
  for (const std::int64_t wanted : algorithms)
    for (const Algorithm ours : {Algorithm::kEs256, Algorithm::kEdDsa})
      if (wanted == static_cast<std::int64_t>(ours)) return ours;
  return refuse(Status::kUnsupportedAlgorithm);
}

void add_u16(Bytes& out, std::size_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}

}  // namespace

Authenticator::Answer Authenticator::make_credential(const MakeCredentialRequest& request) {
  trace_.options = request.options;
  trace_.rp_id = request.rp_id;
  const bool modern = settings_.ctap == CtapVersion::k21;

  SOFTKEY_CHECK(answer_empty_auth(request.auth, kMakeACredential, request.rp_id));  // step 1
  SOFTKEY_CHECK(check_protocol(request.auth));                                      // step 2
  SOFTKEY_TRY(const Algorithm algorithm, choose(request.algorithms));               // step 3
  bool uv = request.options.uv.value_or(false) && !request.auth.param;              // step 5
  if (uv && !settings_.built_in_uv) return refuse(no_uv_status());
  const bool rk = request.options.rk.value_or(false);
  if (!request.options.up.value_or(true)) return refuse(Status::kInvalidOption);
  if (request.rp_id.empty() || request.user.id.empty()) return refuse(Status::kInvalidParameter);
  if (always_uv() && !request.auth.param && !uv) {  // step 6
    if (!settings_.built_in_uv) return refuse(Status::kPuatRequired);
    uv = true;
  }
  const bool uv_not_required = modern && !always_uv();
  if (is_protected() && !request.auth.param && !uv && (rk || !uv_not_required))  // steps 7 and 8
    return refuse(state_.has_pin() ? Status::kPuatRequired : Status::kOperationDenied);
  if (request.enterprise_attestation) return refuse(Status::kInvalidParameter);  // step 9
  if (request.exclude_list.size() > kMaxCredentialsInList) return refuse(Status::kLimitExceeded);
  if (request.cred_protect && !settings_.misbehaviour.no_cred_protect &&
      (*request.cred_protect < 1 || *request.cred_protect > 3))
    return refuse(Status::kInvalidOption);  // section 12.1.1 leaves the code open; this is what clients know

  SOFTKEY_TRY(const Verified user,
              verify_user(request.auth, uv, kMakeCredential, request.client_data_hash, kMakeACredential,
                          request.rp_id));                                   // step 11
  SOFTKEY_CHECK(check_excluded(request, user.verified));                     // step 12
  if (!user.touched) SOFTKEY_CHECK(touch(kMakeACredential, request.rp_id));  // step 14
  spend_token();
  env_.working();
  SOFTKEY_TRY(Credential credential, create_credential(request, algorithm));  // steps 16 and 17

  const Misbehaviour& how = settings_.misbehaviour;
  MapBuilder extensions;
  if (!how.no_cred_protect && !how.unprotected) extensions.add("credProtect", request.cred_protect);
  if (modern && request.hmac_secret == true) extensions.add("hmac-secret", true);
  const auto flags = static_cast<std::uint8_t>((how.untouched_key ? 0 : kFlagUp) | kFlagAttested |
                                               (user.verified && !how.unverified_key ? kFlagUv : 0) |
                                               (extensions.empty() ? 0 : kFlagExtensions));
  Bytes data = auth_data(credential.rp_id_hash, flags, next_counter());
  append(data, attested_data(credential));
  if (!extensions.empty()) append(data, extensions.build().encode());
  const Cbor answer = attest(credential, data, request.client_data_hash).encode();
  if (rk) state_.residents.push_back(std::move(credential));
  SOFTKEY_CHECK(persist());
  return std::optional<Cbor>(answer);
}

Outcome<> Authenticator::check_excluded(const MakeCredentialRequest& request, bool verified) {
  const Digest rp_id_hash = sha256({as_bytes(request.rp_id)});
  for (const Bytes& id : request.exclude_list) {
    const auto found = find(id, rp_id_hash);
    if (!found || (found->protection == 3 && !verified)) continue;
    // The touch keeps a web page from finding out silently; a refusal tells it the same.
    if (!puat_.user_present()) {
      const auto touched = touch(kMakeACredential, request.rp_id);
      if (!touched && touched.error() == Status::kKeepaliveCancel) return touched;
    }
    return refuse(Status::kCredentialExcluded);
  }
  return {};
}

/// With "rk" room is made in the state already: an older one for the same account goes. The new one is not in
/// it yet.
Outcome<Credential> Authenticator::create_credential(const MakeCredentialRequest& request,
                                                     Algorithm algorithm) {
  Credential credential;
  credential.algorithm = algorithm;
  credential.rp_id_hash = sha256({as_bytes(request.rp_id)});
  if (request.cred_protect && !settings_.misbehaviour.no_cred_protect)
    credential.protection = static_cast<std::uint8_t>(*request.cred_protect);
  if (algorithm == Algorithm::kEs256) {
    credential.key = p256_generate(env_);
  } else {
    if (!credential.key.resize(32)) std::abort();
    env_.random({credential.key.data(), credential.key.size()});
  }
  if (!request.options.rk.value_or(false)) {
    credential.id = wrap(credential);
    return credential;
  }

  credential.resident = true;
  credential.rp_id = request.rp_id;
  credential.user = request.user;
  cut_names(credential.user);
  const auto same_account = std::find_if(
      state_.residents.begin(), state_.residents.end(),
      [&](const Credential& each) { return each.rp_id == request.rp_id && each.user.id == request.user.id; });
  if (same_account != state_.residents.end())
    state_.residents.erase(same_account);
  else if (state_.residents.size() >= settings_.resident_limit)
    return refuse(Status::kKeyStoreFull);
  credential.id.resize(32);
  env_.random(credential.id);
  credential.created = ++state_.created;
  return credential;
}

Bytes Authenticator::attested_data(const Credential& credential) const {
  Bytes data = to_bytes(kAaguid);
  add_u16(data, credential.id.size());
  append(data, credential.id);
  append(data, encode_public_key(credential).encode());
  return data;
}

MakeCredentialResponse Authenticator::attest(const Credential& credential, const Bytes& auth_data,
                                             const Digest& hash) const {
  MakeCredentialResponse response;
  response.format = settings_.attestation == Attestation::kNone ? "none" : "packed";
  response.auth_data = auth_data;
  if (settings_.attestation == Attestation::kFidoU2f && credential.algorithm == Algorithm::kEs256) {
    response.format = "fido-u2f";
    response.signature = p256_sign(state_.attestation_key, u2f_registration(credential, hash));
    response.certificate = state_.attestation_certificate;
    return response;
  }
  Bytes message = auth_data;
  append(message, hash);
  if (settings_.attestation == Attestation::kSelf) {
    response.algorithm = static_cast<std::int64_t>(credential.algorithm);
    response.signature = sign(credential, message);
  } else if (settings_.attestation != Attestation::kNone) {
    response.algorithm = static_cast<std::int64_t>(Algorithm::kEs256);
    response.signature = p256_sign(state_.attestation_key, message);
    if (settings_.misbehaviour.bad_signature) response.signature.back() ^= 1;
    response.certificate = state_.attestation_certificate;
  }
  return response;
}

}  // namespace halligan::softkey
