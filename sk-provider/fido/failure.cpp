#include "fido/failure.hpp"

#include <fido.h>

#include "fido/discovery/settings.hpp"
#include "fido/hint.hpp"

namespace halligan::fido {
namespace {

Error fault_error(const FailureContext& context, const std::string& token) {
  switch (context.fault) {
    case Transport::Fault::kGone:
      return {Code::kUnreachable, "the token at " + token + " went away while it was in use",
              "put it back in and try again"};
    case Transport::Fault::kCancelled:
      return {Code::kNeedsPerson, "cancelled while the token at " + token + " waited for a touch", {}};
    case Transport::Fault::kTimeout:
      if (context.touch_awaited) {
        return {Code::kNeedsPerson,
                "nobody touched the token at " + token + " within " +
                    std::to_string(context.timeout_seconds) + " s",
                "try again and touch the token while it blinks"};
      }
      return {Code::kUnreachable, "the token at " + token + " does not answer",
              "take it out, put it back in and try again"};
    case Transport::Fault::kBusy:
      return {Code::kUnreachable, "another program is using the token at " + token,
              "let it finish, then try again"};
    case Transport::Fault::kGarbled:
      return {Code::kUnreachable, "the token at " + token + " answered garbage",
              "take it out, put it back in and try again"};
    case Transport::Fault::kNone:
      break;
  }
  return {Code::kUnreachable, "talking to the token at " + token + " failed", "put it back in and try again"};
}

std::string wrong_pin(const FailureContext& context, const std::string& token) {
  std::string text = "wrong PIN for the token at " + token;
  if (context.pin_tries_left == 1) text += ": one try left, then it blocks for good";
  if (context.pin_tries_left > 1) text += ": " + std::to_string(context.pin_tries_left) + " tries left";
  return text;
}

Error change_pin(const FailureContext& context, const std::string& token) {
  std::string text = "the token at " + token + " wants its PIN changed first";
  if (context.least_pin > 0)
    text += ", to one of at least " + std::to_string(context.least_pin) + " characters";
  return {Code::kNeedsPerson, std::move(text), change_pin_hint(context.path)};
}

}  // namespace

Error explain(int status, const FailureContext& context) {
  const std::string token(context.token);
  switch (status) {
    case FIDO_ERR_TX:
    case FIDO_ERR_RX:
      return fault_error(context, token);
    case FIDO_ERR_PIN_INVALID:
      // CTAP 2.1, 6.5.5.7.1 step 11: what a token that wants another PIN answers to the right one, too.
      if (context.new_pin_wanted) return change_pin(context, token);
      return {Code::kPinRequired, wrong_pin(context, token), {}};
    case FIDO_ERR_PIN_AUTH_INVALID:
      return {Code::kUnreachable, "the token at " + token + " refused the proof of the PIN",
              "take it out, put it back in and try again"};
    case FIDO_ERR_PIN_AUTH_BLOCKED:
      return {Code::kNeedsPerson,
              "too many wrong PINs: the token at " + token + " is blocked until it is replugged",
              "take it out and put it back in, then try again with the right PIN"};
    case FIDO_ERR_PIN_BLOCKED:
      return {Code::kNeedsPerson, "the PIN of the token at " + token + " is blocked for good",
              "only a reset frees it, and that destroys its keys: use the other token"};
    case FIDO_ERR_PIN_NOT_SET:
      return {Code::kUnsupported, "no PIN is set on the token at " + token, set_pin_hint(context.path)};
    case FIDO_ERR_PIN_REQUIRED:
      if (!context.pin_is_set) {
        return {Code::kUnsupported,
                "the token at " + token + " does nothing without a PIN, and none is set on it",
                set_pin_hint(context.path)};
      }
      return {Code::kPinRequired, "the token at " + token + " wants its PIN", {}};
    case FIDO_ERR_PIN_POLICY_VIOLATION:
      return change_pin(context, token);
    case FIDO_ERR_UV_BLOCKED:
      return {
          Code::kPinRequired, "too many failed fingerprints: the token at " + token + " wants its PIN", {}};
    case FIDO_ERR_UV_INVALID:
      return {Code::kPinRequired, "the token at " + token + " did not recognise you",
              "try again, or give the PIN"};
    case FIDO_ERR_USER_ACTION_TIMEOUT:
    case FIDO_ERR_ACTION_TIMEOUT:
      if (reader_of(context.path)) {
        return {Code::kNeedsPerson, "the card at " + token + " wants to be put on the reader again",
                "take it off the reader, put it back and try again; touch it if it has a button"};
      }
      return {Code::kNeedsPerson, "nobody touched the token at " + token + " before it gave up",
              "try again and touch the token while it blinks"};
    case FIDO_ERR_KEEPALIVE_CANCEL:
      return {Code::kNeedsPerson, "cancelled while the token at " + token + " waited for a touch", {}};
    case FIDO_ERR_OPERATION_DENIED:
      return {Code::kNeedsPerson, "refused on the token at " + token, "try again and touch it to agree"};
    case FIDO_ERR_NO_CREDENTIALS:
    case FIDO_ERR_INVALID_CREDENTIAL:
      return {Code::kNotFound, "the token at " + token + " does not hold this key",
              "put in the token that made the key"};
    case FIDO_ERR_CREDENTIAL_EXCLUDED:
      return {Code::kExists, "the token at " + token + " holds such a key already", {}};
    case FIDO_ERR_KEY_STORE_FULL:
      return {Code::kUnsupported, "the token at " + token + " has no room for another resident key",
              list_keys_hint(context.path)};
    case FIDO_ERR_UNSUPPORTED_ALGORITHM:
      return {Code::kUnsupported, "the token at " + token + " cannot make this type of key",
              "use ecdsa-sk, which every token has"};
    case FIDO_ERR_UNSUPPORTED_OPTION:
    case FIDO_ERR_UNSUPPORTED_EXTENSION:
    case FIDO_ERR_INVALID_COMMAND:
      return {Code::kUnsupported, "the token at " + token + " cannot do this", {}};
    default:
      return {Code::kUnreachable, "the token at " + token + " answered " + fido_strerr(status), {}};
  }
}

}  // namespace halligan::fido
