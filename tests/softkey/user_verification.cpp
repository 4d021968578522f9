// Touch, built-in verification and the pinUvAuthToken, as makeCredential and getAssertion use them.
// @source CTAP 2.1, sections 6.1.2 (steps 1-11), 6.2.2 (steps 1-6), 6.5.3
#include "softkey/authenticator.hpp"

namespace halligan::softkey {

Outcome<> Authenticator::touch(std::string_view operation, const std::string& rp_id) {
  switch (env_.await_touch({operation, rp_id, false})) {
    case Touch::kGiven:
      return {};
    case Touch::kRefused:
      return refuse(Status::kOperationDenied);
    case Touch::kTimeout:
      return refuse(Status::kUserActionTimeout);
    case Touch::kCancelled:
      return refuse(Status::kKeepaliveCancel);
  }
  return refuse(Status::kOther);
}

Outcome<> Authenticator::built_in_uv(std::string_view operation, const std::string& rp_id) {
  if (state_.uv_retries == 0) return refuse(Status::kUvBlocked);
  switch (env_.await_touch({operation, rp_id, true})) {
    case Touch::kTimeout:
      return refuse(Status::kUserActionTimeout);
    case Touch::kCancelled:
      return refuse(Status::kKeepaliveCancel);
    case Touch::kRefused:
      break;
    case Touch::kGiven:
      if (settings_.misbehaviour.uv_fails) break;
      if (state_.uv_retries == kMaxUvRetries) return {};
      state_.uv_retries = kMaxUvRetries;
      return persist();
  }
  --state_.uv_retries;
  SOFTKEY_CHECK(persist());
  return refuse(state_.uv_retries == 0 ? Status::kUvBlocked : Status::kUvInvalid);
}

/// A pinUvAuthParam without content is a client's way to find out which of several tokens the person touches.
Outcome<> Authenticator::answer_empty_auth(const PinUvAuth& auth, std::string_view operation,
                                           const std::string& rp_id) {
  if (!auth.param || !auth.param->empty()) return {};
  SOFTKEY_CHECK(touch(operation, rp_id));
  return refuse(is_protected() ? Status::kPinInvalid : Status::kPinNotSet);
}

Outcome<> Authenticator::check_protocol(const PinUvAuth& auth) const {
  if (!auth.param) return {};
  if (!auth.protocol) return refuse(Status::kMissingParameter);
  const bool known = *auth.protocol == 1 || (*auth.protocol == 2 && settings_.ctap == CtapVersion::k21);
  if (!known) return refuse(Status::kInvalidParameter);
  return {};
}

bool Authenticator::verify_token(const PinUvAuth& auth, ByteView message) {
  if (!auth.param || !puat_.in_use() || auth.protocol != puat_.protocol()) return false;
  const PinProtocol& used = puat_.protocol() == 1 ? one_ : two_;
  if (!used.cipher().verify(used.token().view(), message, *auth.param)) return false;
  puat_.mark_used();
  return true;
}

/// CTAP 2.0's pinToken is good for everything until the power is cut or the PIN changes (its section 5.5).
void Authenticator::spend_token() {
  if (settings_.ctap == CtapVersion::k21) puat_.spend();
}

Outcome<Authenticator::Verified> Authenticator::verify_user(const PinUvAuth& auth, bool uv,
                                                            std::uint8_t permission, ByteView hash,
                                                            std::string_view operation,
                                                            const std::string& rp_id) {
  Verified result;
  if (auth.param) {
    // One answer for every reason: a guess learns nothing.
    if (!verify_token(auth, hash) || !puat_.allows(permission) || !puat_.user_verified() ||
        (!puat_.rp_id().empty() && puat_.rp_id() != rp_id))
      return refuse(Status::kPinAuthInvalid);
    if (puat_.rp_id().empty() && settings_.ctap == CtapVersion::k21) puat_.bind(rp_id);
    result.verified = true;
    result.touched = puat_.user_present();
  } else if (uv) {
    const auto outcome = built_in_uv(operation, rp_id);
    if (!outcome) {
      const Status status = outcome.error();
      if (status != Status::kUvInvalid && status != Status::kUvBlocked) return refuse(status);
      return refuse(state_.has_pin() ? Status::kPuatRequired : Status::kOperationDenied);
    }
    result.verified = true;
    result.touched = true;
  }
  return result;
}

}  // namespace halligan::softkey
