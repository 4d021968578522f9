#include "token/admin/admin.hpp"

#include <fido.h>
#include <algorithm>

#include "base/codec.hpp"
#include "ctap/cbor.hpp"
#include "fido/ctap_client.hpp"
#include "fido/discovery/sources.hpp"
#include "fido/failure.hpp"
#include "fido/pin_rules.hpp"
#include "token/admin/chosen.hpp"

namespace halligan::token {
namespace {

constexpr std::size_t kAaguidSize = 16;
constexpr std::uint64_t kDefaultMessageSize = 1024;  // CTAP 2.1, 6.4
constexpr int kGetPinRetries = 0x01;
constexpr int kGetUvRetries = 0x07;

using Answer = std::optional<ctap::Value>;

std::vector<std::string> texts(const Answer& list) {
  std::vector<std::string> copies;
  if (!list) return copies;
  for (const ctap::Value& item : list->items()) {
    if (auto text = item.text()) copies.push_back(*std::move(text));
  }
  return copies;
}

// Numbers of this map are never negative.
std::optional<std::uint64_t> number(const Answer& value) {
  const auto integer = value ? value->integer() : std::nullopt;
  return integer && *integer >= 0 ? std::optional(static_cast<std::uint64_t>(*integer)) : std::nullopt;
}

// Parts of another shape than expected are as if they were not told.
void copy_info(const ctap::Value& from, TokenInfo& info) {
  info.versions = texts(from.find(0x01));
  info.extensions = texts(from.find(0x02));
  info.transports = texts(from.find(0x09));
  const Answer aaguid = from.find(0x03);
  info.aaguid = aaguid ? aaguid->bytes().value_or(Bytes()) : Bytes();
  if (info.aaguid.size() != kAaguidSize) info.aaguid.clear();
  if (const Answer options = from.find(0x04)) {
    for (const auto& [name, value] : options->text_pairs()) {
      if (const auto set = value.boolean()) info.options.emplace_back(name, *set);
    }
  }
  if (const Answer algorithms = from.find(0x0a)) {
    for (const ctap::Value& item : algorithms->items()) {
      const Answer algorithm = item.find("alg");
      if (const auto cose = algorithm ? algorithm->integer() : std::nullopt) info.algorithms.push_back(*cose);
    }
  }
  info.max_message_size = number(from.find(0x05)).value_or(kDefaultMessageSize);
  info.max_credentials_asked = number(from.find(0x07));
  info.max_credential_id = number(from.find(0x08));
  const Answer change = from.find(0x0c);
  info.pin_change_required = change && change->boolean() == true;
  info.min_pin_length = std::max(fido::kShortestPin, number(from.find(0x0d)).value_or(0));
  info.firmware = number(from.find(0x0e));
  info.room = number(from.find(0x14));
}

// The PIN tries that are left, or those of the token's own verification (CTAP 2.1, 6.5.5.2 and 6.5.5.3).
Result<ctap::Value> ask_tries(fido::CtapClient& client, int subcommand, std::string_view doing) {
  ctap::Writer parameters;
  const auto& protocols = client.device().info().pin_protocols;
  parameters.map(2).integer(1).integer(protocols.empty() ? 1 : protocols.front());
  parameters.integer(2).integer(subcommand);
  return client.need(fido::CtapClient::kClientPin, parameters.written(), doing);
}

}  // namespace

std::optional<bool> TokenInfo::option(std::string_view wanted) const {
  for (const auto& [option_name, value] : options) {
    if (option_name == wanted) return value;
  }
  return std::nullopt;
}

Result<fido::Device> open_chosen(const fido::Context& context) {
  HALLIGAN_TRY(const auto tokens, fido::find_tokens(context.settings, context.device));
  if (tokens.size() > 1) {
    std::string names;
    for (const fido::TokenPath& token : tokens) names += (names.empty() ? "" : ", ") + token.name();
    return fail(Code::kUsage, "there are " + std::to_string(tokens.size()) + " tokens: " + names,
                "say which one with --device PATH");
  }
  return fido::Device::open(tokens.front(), context.settings, context.presence);
}

Result<TokenInfo> read_info(const fido::Context& context) {
  HALLIGAN_TRY(fido::Device device, open_chosen(context));
  TokenInfo info;
  info.name = device.name();
  info.path = device.path();
  info.pin_protocols = device.info().pin_protocols;
  // What the token answered when it was opened; nothing for a token from before CTAP2.
  const Answer answer = ctap::Value::parse(device.transport().info());
  if (!answer) {
    info.versions = {"U2F_V2"};
    return info;
  }
  copy_info(*answer, info);
  fido::CtapClient client(device);
  if (info.has("clientPin")) {
    HALLIGAN_TRY(const auto tries, ask_tries(client, kGetPinRetries, "ask for the PIN tries that are left"));
    info.pin_tries = number(tries.find(0x03));
    const Answer replug = tries.find(0x04);
    info.replug_required = replug && replug->boolean() == true;
  }
  if (info.has("uv") && info.has("pinUvAuthToken")) {
    HALLIGAN_TRY(const auto tries,
                 ask_tries(client, kGetUvRetries, "ask for the verification tries that are left"));
    info.verification_tries = number(tries.find(0x05));
  }
  return info;
}

Result<> check_new_pin(const Pin& pin, std::uint64_t min_length) {
  if (!is_utf8(pin.view())) return fail(Code::kBadInput, "the new PIN is not UTF-8 text");
  if (pin.size() > fido::kLongestPin) {
    return fail(Code::kBadInput, "the new PIN has " + std::to_string(pin.size()) +
                                     " bytes, and a PIN has at most " + std::to_string(fido::kLongestPin));
  }
  const std::size_t length = code_points(pin.view());
  if (length < min_length) {
    return fail(Code::kBadInput, "the new PIN has " + std::to_string(length) +
                                     " characters, and the token wants at least " +
                                     std::to_string(min_length));
  }
  return {};
}

Result<> set_pin(const fido::Context& context, const Pin& fresh, const Pin* old) {
  HALLIGAN_TRY(fido::Device device, open_chosen(context));
  if (old == nullptr && device.has_pin()) {
    return fail(Code::kExists, "a PIN is set already on the token at " + device.name());
  }
  const int status = fido_dev_set_pin(device.get(), fresh.c_str(), old == nullptr ? nullptr : old->c_str());
  if (status == FIDO_OK) return {};
  const std::string doing = old == nullptr ? "set the PIN" : "change the PIN";
  if (status == FIDO_ERR_PIN_POLICY_VIOLATION) {
    return fail(Code::kBadInput,
                doing + ": the token at " + device.name() + " has rules that the new PIN breaks",
                "choose a longer or less simple one, and not the old one again");
  }
  // A token that wants another PIN answers so to the right one as well, but not where it is changed: here the
  // old one was wrong.
  if (status == FIDO_ERR_PIN_INVALID && device.info().new_pin_wanted) {
    fido::FailureContext wrong{.token = device.name(), .path = device.path()};
    (void)fido_dev_get_retry_count(device.get(), &wrong.pin_tries_left);
    return fail(fido::explain(status, wrong).in(doing));
  }
  return fail(device.failure(status, doing));
}

}  // namespace halligan::token
