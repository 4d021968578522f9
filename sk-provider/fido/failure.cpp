#include "fido/failure.hpp"

#include <fido.h>

#include <array>

#include "base/codec.hpp"
#include "fido/discovery/settings.hpp"

namespace halligan::fido {
namespace {

std::string token_command(std::string_view words, std::string_view path) {
  return "halligan token " + std::string(words) + " --device " + shell_word(path);
}

constexpr const char* kTouchIt = "try again and touch the token when it blinks";

Error fault_error(const FailureContext& context, const std::string& token) {
  switch (context.fault) {
    case Transport::Fault::kGone:
      return {Code::kUnreachable, token + " disappeared while in use", "insert it again and retry"};
    case Transport::Fault::kCancelled:
      return {Code::kNeedsPerson, "cancelled while " + token + " waited for a touch", {}};
    case Transport::Fault::kTimeout:
      if (!context.touch_awaited) return {Code::kUnreachable, token + " does not respond", kReinsert};
      return {
          Code::kNeedsPerson,
          "timed out after " + std::to_string(context.timeout_seconds) + " s waiting for a touch on " + token,
          kTouchIt};
    case Transport::Fault::kBusy:
      return {Code::kUnreachable, "another program is using " + token, kWaitForOther};
    case Transport::Fault::kGarbled:
      return {Code::kUnreachable, token + " sent an invalid response", kReinsert};
    case Transport::Fault::kNone:
      break;
  }
  return {Code::kUnreachable, "cannot communicate with " + token, "insert it again and retry"};
}

std::string wrong_pin(const FailureContext& context, const std::string& token) {
  std::string text = "wrong PIN for " + token;
  if (context.pin_tries_left == 1) text += ": one try left before it locks for good";
  if (context.pin_tries_left > 1) text += ": " + std::to_string(context.pin_tries_left) + " tries left";
  return text;
}

Error change_pin(const FailureContext& context, const std::string& token) {
  std::string text = token + " requires a new PIN first";
  if (context.min_pin_length > 0)
    text += ", of at least " + std::to_string(context.min_pin_length) + " characters";
  return {Code::kNeedsPerson, std::move(text), change_pin_hint(context.path)};
}

struct StatusName {
  int status;
  std::string_view words;
};

// CTAP 2.1, 8.2, and libfido2's own, which are negative.
constexpr StatusName kStatuses[] = {
    {FIDO_ERR_INVALID_COMMAND, "unknown command"},
    {FIDO_ERR_INVALID_PARAMETER, "invalid parameter"},
    {FIDO_ERR_INVALID_LENGTH, "invalid length"},
    {FIDO_ERR_TIMEOUT, "timed out"},
    {FIDO_ERR_CHANNEL_BUSY, "busy"},
    {FIDO_ERR_CBOR_UNEXPECTED_TYPE, "unexpected type in CBOR"},
    {FIDO_ERR_INVALID_CBOR, "invalid CBOR"},
    {FIDO_ERR_MISSING_PARAMETER, "missing parameter"},
    {FIDO_ERR_LIMIT_EXCEEDED, "limit exceeded"},
    {FIDO_ERR_PROCESSING, "still processing"},
    {FIDO_ERR_USER_ACTION_PENDING, "waiting for the user"},
    {FIDO_ERR_OPERATION_PENDING, "another operation is pending"},
    {FIDO_ERR_INVALID_OPTION, "invalid option"},
    {FIDO_ERR_NOT_ALLOWED, "not allowed"},
    {FIDO_ERR_REQUEST_TOO_LARGE, "request too large"},
    {FIDO_ERR_ERR_OTHER, "unspecified"},
    {FIDO_ERR_RX_NOT_CBOR, "an answer that is not CBOR"},
    {FIDO_ERR_RX_INVALID_CBOR, "an answer in invalid CBOR"},
    {FIDO_ERR_INVALID_PARAM, "an answer with an invalid part"},
    {FIDO_ERR_INVALID_SIG, "a signature that does not verify"},
    {FIDO_ERR_INVALID_ARGUMENT, "a value that libfido2 does not take"},
    {FIDO_ERR_USER_PRESENCE_REQUIRED, "a touch is required"},
    {FIDO_ERR_INTERNAL, "libfido2 failed"},
};

}  // namespace

std::string status_words(int status) {
  std::string text = "an error of libfido2";
  if (status >= 0) text = "error 0x" + hex(std::array{static_cast<std::uint8_t>(status)});
  for (const StatusName& each : kStatuses) {
    if (each.status == status)
      return status < 0 ? std::string(each.words) : text + ", " + std::string(each.words);
  }
  return text;
}

Error explain(int status, const FailureContext& context) {
  const std::string token = "the token at " + std::string(context.token);
  switch (status) {
    case FIDO_ERR_TX:
    case FIDO_ERR_RX:
      return fault_error(context, token);
    case FIDO_ERR_PIN_INVALID:
      // CTAP 2.1, 6.5.5.7.1 step 11: a token that requires a new PIN gives this answer to the correct one,
      // too.
      if (context.force_pin_change) return change_pin(context, token);
      return {Code::kPinRequired, wrong_pin(context, token), {}};
    case FIDO_ERR_PIN_AUTH_INVALID:
      return {Code::kUnreachable, token + " rejected the PIN/UV auth parameter", kReinsert};
    case FIDO_ERR_PIN_AUTH_BLOCKED:
      return {Code::kNeedsPerson, "too many wrong PINs: " + token + " is blocked until it is replugged",
              "remove it, insert it again and retry with the correct PIN"};
    case FIDO_ERR_PIN_BLOCKED:
      return {Code::kNeedsPerson, "too many wrong PINs: " + token + " is locked for good",
              "use the other token; only a reset, which destroys all keys, unlocks this one"};
    case FIDO_ERR_PIN_NOT_SET:
      return {Code::kUnsupported, "no PIN is set on " + token, set_pin_hint(context.path)};
    case FIDO_ERR_PIN_REQUIRED:
      if (context.pin_is_set) return {Code::kPinRequired, token + " requires its PIN", {}};
      return {Code::kUnsupported, token + " requires a PIN; none is set", set_pin_hint(context.path)};
    case FIDO_ERR_PIN_POLICY_VIOLATION:
      return change_pin(context, token);
    case FIDO_ERR_UV_BLOCKED:
      return {Code::kPinRequired, "too many failed fingerprints: " + token + " requires its PIN", {}};
    case FIDO_ERR_UV_INVALID:
      return {Code::kPinRequired, token + " did not recognize the fingerprint",
              "try again, or enter the PIN"};
    case FIDO_ERR_USER_ACTION_TIMEOUT:
    case FIDO_ERR_ACTION_TIMEOUT:
      return {Code::kNeedsPerson, token + " timed out waiting for a touch",
              reader_of(context.path) ? "remove the card and present it again; touch it if it has a button"
                                      : kTouchIt};
    case FIDO_ERR_KEEPALIVE_CANCEL:
      return {Code::kNeedsPerson, "cancelled while " + token + " waited for a touch", {}};
    case FIDO_ERR_OPERATION_DENIED:
      return {Code::kNeedsPerson, token + " denied the request",
              "try again and touch the token to approve it"};
    case FIDO_ERR_NO_CREDENTIALS:
    case FIDO_ERR_INVALID_CREDENTIAL:
      return {Code::kNotFound, token + " does not hold this key", kInsertHolder};
    case FIDO_ERR_CREDENTIAL_EXCLUDED:
      return {Code::kExists, token + " already holds such a key", {}};
    case FIDO_ERR_KEY_STORE_FULL:
      return {Code::kUnsupported, token + " has no room for another resident key",
              list_keys_hint(context.path)};
    case FIDO_ERR_UNSUPPORTED_ALGORITHM:
      return {Code::kUnsupported, token + " does not support this type of key",
              "use ecdsa-sk, which every token supports"};
    case FIDO_ERR_UNSUPPORTED_OPTION:
    case FIDO_ERR_UNSUPPORTED_EXTENSION:
    case FIDO_ERR_INVALID_COMMAND:
      return {Code::kUnsupported, token + " does not support this request", {}};
    default:
      return {Code::kUnreachable,
              token + (status < 0 ? " returned " : " refused the request: ") + status_words(status),
              kReinsert};
  }
}

std::string set_pin_hint(std::string_view path) { return "set one with: " + token_command("pin set", path); }

std::string change_pin_hint(std::string_view path) {
  return "change it with: " + token_command("pin change", path);
}

std::string list_keys_hint(std::string_view path) {
  return "list its keys with: " + token_command("keys list", path);
}

}  // namespace halligan::fido
