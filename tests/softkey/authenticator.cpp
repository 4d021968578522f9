#include "softkey/authenticator.hpp"

#include <utility>

#include "base/codec.hpp"
#include "base/log.hpp"

namespace halligan::softkey {
namespace {
constexpr std::int64_t kResetWindowMs = 10'000;  // CTAP 2.1, section 6.6
}

Authenticator::Authenticator(Settings settings, Env& env, State state)
    : settings_(settings),
      env_(env),
      state_(std::move(state)),
      powered_up_ms_(env.now_ms()),
      one_(1, env),
      two_(2, env) {}

void Authenticator::power_up() {
  powered_up_ms_ = env_.now_ms();
  forget_enumerations();
  new_secrets();
}

// Key agreement and pinUvAuthToken live as long as the power, and a wrong PIN in a row counts from there.
void Authenticator::new_secrets() {
  for (PinProtocol* each : {&one_, &two_}) {
    each->regenerate(env_);
    each->reset_token(env_);
  }
  puat_.stop();
  wrong_pins_ = 0;
}

Bytes Authenticator::handle(ByteView request) {
  trace_ = Trace();
  if (request.empty()) return {static_cast<std::uint8_t>(Status::kInvalidLength)};
  trace_.command = command_name(request[0]);
  const Answer answer = dispatch(request[0], request.subspan(1));
  if (!answer) return {static_cast<std::uint8_t>(answer.error())};
  Bytes reply{static_cast<std::uint8_t>(Status::kOk)};
  if (*answer) append(reply, (*answer)->encode());
  return reply;
}

/// Does this kind of token have the command at all?
bool Authenticator::permitted(Command command) const {
  const bool modern = settings_.ctap == CtapVersion::k21;
  const Misbehaviour& how = settings_.misbehaviour;
  if (command == Command::kSelection) return modern;
  if (command == Command::kCredentialManagement) return modern && !how.cred_mgmt_only_41;
  if (command == Command::kCredentialManagementPreview) return !how.cred_mgmt_only_0a;
  return true;
}

Outcome<CborMap> Authenticator::parse_map(ByteView body) const {
  SOFTKEY_TRY(const Cbor item, Cbor::parse(body));
  return item.as<CborMap>();
}

void Authenticator::forget_enumerations() {
  next_assertions_.reset();
  next_rps_.clear();
  next_credentials_.clear();
}

Authenticator::Answer Authenticator::dispatch(std::uint8_t number, ByteView body) {
  const auto command = static_cast<Command>(number);
  if (broken_) return refuse(Status::kOther);
  if (body.size() + 1 > kMaxMessageSize) return refuse(Status::kRequestTooLarge);
  if (!permitted(command)) return refuse(Status::kInvalidCommand);
  if (settings_.ctap == CtapVersion::k21) puat_.expire(env_.now_ms());
  const bool management =
      command == Command::kCredentialManagement || command == Command::kCredentialManagementPreview;
  if (command != Command::kGetNextAssertion && !management) forget_enumerations();
  switch (command) {
    case Command::kMakeCredential: {
      SOFTKEY_TRY(const auto map, parse_map(body));
      SOFTKEY_TRY(const auto request, MakeCredentialRequest::parse(map));
      return make_credential(request);
    }
    case Command::kGetAssertion: {
      SOFTKEY_TRY(const auto map, parse_map(body));
      SOFTKEY_TRY(const auto request, GetAssertionRequest::parse(map));
      return get_assertion(request);
    }
    case Command::kClientPin: {
      SOFTKEY_TRY(const auto map, parse_map(body));
      SOFTKEY_TRY(const auto request, ClientPinRequest::parse(map));
      return client_pin(request);
    }
    case Command::kCredentialManagement:
    case Command::kCredentialManagementPreview: {
      next_assertions_.reset();
      SOFTKEY_TRY(const auto map, parse_map(body));
      SOFTKEY_TRY(auto request, ManagementRequest::parse(map));
      return manage(request, command == Command::kCredentialManagementPreview);
    }
    case Command::kGetInfo:
      if (!body.empty()) return refuse(Status::kInvalidLength);
      if (settings_.misbehaviour.get_info_fails) return refuse(Status::kOther);
      if (settings_.misbehaviour.get_info_refused) return refuse(Status::kInvalidCommand);
      return std::optional<Cbor>(get_info());
    case Command::kGetNextAssertion:
      return get_next_assertion();
    case Command::kReset:
      return reset();
    case Command::kSelection: {
      SOFTKEY_CHECK(touch("select this token", {}));
      return std::optional<Cbor>();
    }
  }
  return refuse(Status::kInvalidCommand);
}

Outcome<> Authenticator::persist() {
  const auto encoded = encode(state_);
  const auto saved = encoded ? env_.save(encoded->view())
                             : Result<>(fail(Code::kUnreachable, "state: too many credentials to store"));
  if (saved) return {};
  say(saved.error().message, "this token answers nothing more until it is started again");
  broken_ = true;
  return refuse(Status::kOther);
}

Authenticator::Answer Authenticator::reset() {
  if (settings_.misbehaviour.reset_late || env_.now_ms() - powered_up_ms_ > kResetWindowMs)
    return refuse(Status::kNotAllowed);
  SOFTKEY_CHECK(touch("reset: erase every credential and the PIN", {}));
  env_.working();
  // The attestation key belongs to the device, and a counter that went back would look like a cloned token.
  State fresh = new_state(env_);
  fresh.attestation_key = std::move(state_.attestation_key);
  fresh.attestation_certificate = std::move(state_.attestation_certificate);
  fresh.counter = state_.counter;
  fresh.created = state_.created;
  state_ = std::move(fresh);
  new_secrets();
  SOFTKEY_CHECK(persist());
  return std::optional<Cbor>();
}

Result<> Authenticator::provision_pin(ByteView pin) {
  if (state_.has_pin()) return fail(Code::kExists, "a PIN is set already");
  Secret<64> padded;
  if (!padded.append(pin) || !padded.resize(64)) return fail(Code::kBadInput, "a PIN has at most 63 bytes");
  const auto stored = store_pin(padded.view(), Settings().min_pin_length);
  if (stored) return {};
  if (stored.error() == Status::kOther) return fail(Code::kUnreachable, "the PIN could not be stored");
  return fail(Code::kBadInput, "a PIN has at least 4 characters of UTF-8 and at most 63 bytes");
}

}  // namespace halligan::softkey
