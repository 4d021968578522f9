// authenticatorClientPIN. @source CTAP 2.1, section 6.5.5
#include <algorithm>

#include "base/codec.hpp"
#include "softkey/authenticator.hpp"

namespace halligan::softkey {
namespace {

constexpr int kMaxWrongPins = 3;  // in a row, until the power is cycled
constexpr std::size_t kPaddedPin = 64;
constexpr std::uint8_t kSupported = kMakeCredential | kGetAssertion | kCredentialManagement;

PinHash hash_pin(ByteView pin) {
  const Digest digest = sha256({pin});
  PinHash hash;
  if (!hash.append(ByteView(digest).first(PinHash::kCapacity))) std::abort();
  return hash;
}

}  // namespace

Outcome<PinProtocol*> Authenticator::protocol(std::int64_t number) {
  if (number == 1) return &one_;
  if (number == 2 && settings_.ctap == CtapVersion::k21) return &two_;
  return refuse(Status::kInvalidParameter);
}

Authenticator::Answer Authenticator::client_pin(const ClientPinRequest& request) {
  trace_.subcommand = pin_command_name(request.command);
  trace_.rp_id = request.rp_id.value_or("");
  const bool modern = settings_.ctap == CtapVersion::k21;
  const auto command = static_cast<PinCommand>(request.command);
  ClientPinResponse response;

  if (command == PinCommand::kGetPinRetries) {
    response.pin_retries = state_.pin_retries;
    if (modern) response.power_cycle = wrong_pins_ >= kMaxWrongPins;
    return std::optional<Cbor>(response.encode());
  }
  if (command == PinCommand::kGetUvRetries && modern && settings_.built_in_uv) {
    response.uv_retries = state_.uv_retries;
    return std::optional<Cbor>(response.encode());
  }
  const bool uv_token = command == PinCommand::kGetTokenUsingUv && modern && settings_.built_in_uv;
  const bool pin_token = command == PinCommand::kGetTokenUsingPin && modern;
  const bool known = command == PinCommand::kGetKeyAgreement || command == PinCommand::kSetPin ||
                     command == PinCommand::kChangePin || command == PinCommand::kGetPinToken || uv_token ||
                     pin_token;
  if (!known) return refuse(modern ? Status::kInvalidSubcommand : Status::kInvalidParameter);

  if (!request.protocol) return refuse(Status::kMissingParameter);
  SOFTKEY_TRY(PinProtocol* const used, protocol(*request.protocol));
  if (command == PinCommand::kGetKeyAgreement) {
    response.key_agreement = used->public_key();
    return std::optional<Cbor>(response.encode());
  }
  if (!request.key_agreement) return refuse(Status::kMissingParameter);
  if (command == PinCommand::kSetPin || command == PinCommand::kChangePin) {
    SOFTKEY_CHECK(command == PinCommand::kSetPin ? set_pin(request, *used) : change_pin(request, *used));
    return std::optional<Cbor>();
  }
  if (uv_token) {
    SOFTKEY_TRY(response.token, token_using_uv(request, *used));
  } else {
    SOFTKEY_TRY(response.token, token_using_pin(request, *used, !pin_token));
  }
  return std::optional<Cbor>(response.encode());
}

Outcome<> Authenticator::store_pin(ByteView padded, std::int64_t least_characters) {
  if (padded.size() != kPaddedPin) return refuse(Status::kInvalidParameter);
  std::size_t size = padded.size();
  while (size > 0 && padded[size - 1] == 0) --size;
  const ByteView pin = padded.first(size);
  if (size == kPaddedPin || !is_utf8(pin) || static_cast<std::int64_t>(code_points(pin)) < least_characters)
    return refuse(Status::kPinPolicyViolation);
  const PinHash hash = hash_pin(pin);
  // Section 6.5.5.6, step 13: the old one again is no change.
  if (must_change_pin() && equal_secret(hash.view(), state_.pin_hash.view()))
    return refuse(Status::kPinPolicyViolation);
  state_.pin_hash = hash_pin(pin);
  state_.pin_retries = kMaxPinRetries;
  wrong_pins_ = 0;
  one_.reset_token(env_);
  two_.reset_token(env_);
  puat_.stop();
  return persist();
}

Outcome<> Authenticator::set_pin(const ClientPinRequest& request, PinProtocol& protocol) {
  if (!request.new_pin || !request.param) return refuse(Status::kMissingParameter);
  if (state_.has_pin()) return refuse(Status::kPinAuthInvalid);
  SOFTKEY_TRY(const SharedSecret secret, protocol.agree(*request.key_agreement));
  if (!protocol.cipher().verify(secret.view(), *request.new_pin, *request.param))
    return refuse(Status::kPinAuthInvalid);
  SOFTKEY_TRY(const Decrypted padded, protocol.cipher().decrypt(secret, *request.new_pin));
  SOFTKEY_CHECK(store_pin(padded.view(), settings_.min_pin_length));
  settings_.force_pin_change = false;
  return {};
}

Outcome<> Authenticator::change_pin(const ClientPinRequest& request, PinProtocol& protocol) {
  if (!request.new_pin || !request.pin_hash || !request.param) return refuse(Status::kMissingParameter);
  SOFTKEY_CHECK(pin_not_blocked());
  SOFTKEY_TRY(const SharedSecret secret, protocol.agree(*request.key_agreement));
  Bytes message = *request.new_pin;
  append(message, *request.pin_hash);
  if (!protocol.cipher().verify(secret.view(), message, *request.param))
    return refuse(Status::kPinAuthInvalid);
  SOFTKEY_CHECK(check_pin(*request.pin_hash, secret, protocol));
  SOFTKEY_TRY(const Decrypted padded, protocol.cipher().decrypt(secret, *request.new_pin));
  SOFTKEY_CHECK(store_pin(padded.view(), settings_.min_pin_length));
  settings_.force_pin_change = false;
  return {};
}

Outcome<> Authenticator::pin_not_blocked() const {
  if (!state_.has_pin()) return refuse(Status::kPinNotSet);
  if (state_.pin_retries == 0) return refuse(Status::kPinBlocked);
  if (wrong_pins_ >= kMaxWrongPins) return refuse(Status::kPinAuthBlocked);
  return {};
}

/// Counts down before it looks: pulling the plug does not win a guess.
Outcome<> Authenticator::check_pin(const Bytes& encrypted_hash, const SharedSecret& secret,
                                   PinProtocol& protocol) {
  SOFTKEY_TRY(const Decrypted hash, protocol.cipher().decrypt(secret, encrypted_hash));
  --state_.pin_retries;
  SOFTKEY_CHECK(persist());
  if (!equal_secret(hash.view(), state_.pin_hash.view())) {
    protocol.regenerate(env_);
    ++wrong_pins_;
    if (state_.pin_retries == 0) return refuse(Status::kPinBlocked);
    return refuse(wrong_pins_ >= kMaxWrongPins ? Status::kPinAuthBlocked : Status::kPinInvalid);
  }
  state_.pin_retries = kMaxPinRetries;
  state_.uv_retries = kMaxUvRetries;
  wrong_pins_ = 0;
  return persist();
}

Outcome<> Authenticator::check_permissions(const ClientPinRequest& request) const {
  if (!request.permissions) return refuse(Status::kMissingParameter);
  if (*request.permissions <= 0 || *request.permissions > UINT8_MAX) return refuse(Status::kInvalidParameter);
  const auto wanted = static_cast<std::uint8_t>(*request.permissions);
  if ((wanted & ~kSupported) != 0) return refuse(Status::kUnauthorizedPermission);
  const bool needs_rp = (wanted & (kMakeCredential | kGetAssertion)) != 0;
  if (needs_rp && request.rp_id.value_or("").empty()) return refuse(Status::kMissingParameter);
  return {};
}

Outcome<Bytes> Authenticator::token_using_pin(const ClientPinRequest& request, PinProtocol& protocol,
                                              bool legacy) {
  if (!request.pin_hash) return refuse(Status::kMissingParameter);
  if (!legacy)
    SOFTKEY_CHECK(check_permissions(request));
  else if (request.permissions || request.rp_id)
    return refuse(Status::kInvalidParameter);
  SOFTKEY_CHECK(pin_not_blocked());
  SOFTKEY_TRY(const SharedSecret secret, protocol.agree(*request.key_agreement));
  SOFTKEY_CHECK(check_pin(*request.pin_hash, secret, protocol));
  // Sections 6.5.5.7.1 and 6.5.5.7.2, step 11 of both.
  if (must_change_pin()) return refuse(legacy ? Status::kPinInvalid : Status::kPinPolicyViolation);
  if (!legacy)
    return issue_token(secret, protocol, static_cast<std::uint8_t>(*request.permissions),
                       request.rp_id.value_or(""), false);
  // CTAP 2.0 knew no permissions: its tokens manage credentials too, through the preview command.
  const bool modern = settings_.ctap == CtapVersion::k21;
  const auto permissions = static_cast<std::uint8_t>(modern ? kMakeCredential | kGetAssertion : kSupported);
  return issue_token(secret, protocol, permissions, {}, false);
}

Outcome<Bytes> Authenticator::token_using_uv(const ClientPinRequest& request, PinProtocol& protocol) {
  SOFTKEY_CHECK(check_permissions(request));
  SOFTKEY_TRY(const SharedSecret secret, protocol.agree(*request.key_agreement));
  SOFTKEY_CHECK(built_in_uv("verify the user", request.rp_id.value_or("")));
  return issue_token(secret, protocol, static_cast<std::uint8_t>(*request.permissions),
                     request.rp_id.value_or(""), true);
}

Bytes Authenticator::issue_token(const SharedSecret& secret, PinProtocol& protocol, std::uint8_t permissions,
                                 const std::string& rp_id, bool present) {
  if (settings_.ctap == CtapVersion::k21) {  // CTAP 2.0 gives out the same one until the power is cut
    one_.reset_token(env_);
    two_.reset_token(env_);
  }
  puat_.begin(protocol.version(), permissions, rp_id, present, env_.now_ms());
  return protocol.cipher().encrypt(secret, protocol.token().view(), env_);
}

}  // namespace halligan::softkey
