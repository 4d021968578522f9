#include "token/admin/admin.hpp"

#include <fido.h>

#include "base/codec.hpp"
#include "ctap/cbor.hpp"
#include "fido/ctap_client.hpp"
#include "fido/discovery/token_paths.hpp"
#include "fido/failure.hpp"
#include "fido/pin_rules.hpp"

namespace halligan::token {
namespace {

constexpr int kGetPinRetries = 0x01;
constexpr int kGetUvRetries = 0x07;

// The PIN tries that are left, or those of the token's own verification (CTAP 2.1, 6.5.5.2 and 6.5.5.3).
Result<ctap::Value> ask_tries(fido::CtapClient& client, int subcommand, std::string_view doing) {
  ctap::Writer parameters;
  const auto& protocols = client.device().info().pin_protocols;
  parameters.map(2).integer(1).integer(protocols.empty() ? 1 : protocols.front());
  parameters.integer(2).integer(subcommand);
  return client.need(fido::CtapClient::kClientPin, parameters.written(), doing);
}

}  // namespace

Result<fido::Device> open_only_token(const fido::Context& context) {
  HALLIGAN_TRY(const auto tokens, fido::find_tokens(context.settings, context.device));
  if (tokens.size() > 1) {
    std::string names;
    for (const fido::TokenPath& token : tokens) names += (names.empty() ? "" : ", ") + token.name();
    return fail(Code::kUsage, "there are " + std::to_string(tokens.size()) + " tokens: " + names,
                "choose one with --device PATH");
  }
  return fido::Device::open(tokens.front(), context.settings, context.presence);
}

Result<TokenInfo> read_info(const fido::Context& context) {
  HALLIGAN_TRY(fido::Device device, open_only_token(context));
  TokenInfo info;
  static_cast<ctap::Info&>(info) = device.info();
  info.name = device.name();
  info.path = device.path();
  if (!device.is_ctap2()) {
    info.versions = {"U2F_V2"};
    return info;
  }
  fido::CtapClient client(device);
  if (info.has("clientPin")) {
    HALLIGAN_TRY(const auto tries, ask_tries(client, kGetPinRetries, "read the PIN retry counter"));
    info.pin_tries = tries.find(0x03).number();
    info.replug_required = tries.find(0x04).boolean() == true;
  }
  if (info.has("uv") && info.has("pinUvAuthToken")) {
    HALLIGAN_TRY(const auto tries, ask_tries(client, kGetUvRetries, "read the verification retry counter"));
    info.verification_tries = tries.find(0x05).number();
  }
  return info;
}

Result<> check_new_pin(const Pin& pin, std::uint64_t min_length) {
  if (pin.size() > fido::kLongestPin) {
    return fail(Code::kBadInput, "the new PIN has " + std::to_string(pin.size()) +
                                     " bytes; a PIN has at most " + std::to_string(fido::kLongestPin));
  }
  const std::size_t length = code_points(pin.view());
  if (length < min_length) {
    return fail(Code::kBadInput, "the new PIN has " + std::to_string(length) +
                                     (length == 1 ? " character" : " characters") +
                                     "; the token requires at least " + std::to_string(min_length));
  }
  return {};
}

Result<> set_pin(const fido::Context& context, const Pin& fresh, const Pin* old) {
  HALLIGAN_TRY(fido::Device device, open_only_token(context));
  if (old == nullptr && device.has_pin()) {
    return fail(Code::kExists, "a PIN is already set on the token at " + device.name());
  }
  const int status = fido_dev_set_pin(device.get(), fresh.c_str(), old == nullptr ? nullptr : old->c_str());
  if (status == FIDO_OK) return {};
  const std::string doing = old == nullptr ? "set the PIN" : "change the PIN";
  if (status == FIDO_ERR_PIN_POLICY_VIOLATION) {
    return fail(Code::kBadInput, doing + ": the token at " + device.name() + " rejected the new PIN",
                "choose a longer or less simple one, other than the old one");
  }
  // A token that requires a new PIN gives this answer to the correct one, too, but not when it is changed:
  // here the old PIN was wrong.
  if (status == FIDO_ERR_PIN_INVALID && device.info().force_pin_change) {
    fido::FailureContext wrong{.token = device.name(), .path = device.path()};
    (void)fido_dev_get_retry_count(device.get(), &wrong.pin_tries_left);
    return fail(fido::explain(status, wrong).in(doing));
  }
  return fail(device.failure(status, doing, device.pin_tries_after(status)));
}

// libfido2 1.12 has no function for it. @source CTAP 2.1, 11.2.9.2.1
Result<Winked> wink(const fido::Context& context) {
  HALLIGAN_TRY(fido::Device device, open_only_token(context));
  if ((fido_dev_flags(device.get()) & FIDO_CAP_WINK) == 0) {
    return fail(Code::kUnreachable, "the token at " + device.name() + " cannot wink",
                "remove the others, or compare serial numbers with: halligan token list");
  }
  fido::Transport& transport = device.transport();
  if (!transport.send(fido::Command::kWink, {})) return fail(device.failure(FIDO_ERR_TX, "wink"));
  if (!transport.receive(fido::Command::kWink, {}, context.settings.timeout)) {
    return fail(device.failure(FIDO_ERR_RX, "wink"));
  }
  return Winked{device.name(), device.path()};
}

}  // namespace halligan::token
