#include "fido/credential/credential_management.hpp"

#include <fido.h>

#include <algorithm>

#include "fido/discovery/select.hpp"
#include "fido/failure.hpp"
#include "fido/key_material.hpp"

namespace halligan::fido {
namespace {

constexpr const char* kListing = "list resident keys";
// More than any token stores; a token that claims more would be asked forever.
constexpr std::uint64_t kMost = 4096;

enum Subcommand : std::uint8_t {
  kFirstApplication = 0x02,
  kNextApplication = 0x03,
  kFirstCredential = 0x04,
  kNextCredential = 0x05,
};

constexpr int kSubcommandKey = 0x01;
constexpr int kParametersKey = 0x02;
constexpr int kProtocolKey = 0x03;
constexpr int kAuthParamKey = 0x04;
constexpr int kHashParameter = 0x01;

constexpr int kRpAnswer = 0x03;
constexpr int kHashAnswer = 0x04;
constexpr int kRpTotalAnswer = 0x05;
constexpr int kUserAnswer = 0x06;
constexpr int kIdAnswer = 0x07;
constexpr int kPublicKeyAnswer = 0x08;
constexpr int kTotalAnswer = 0x09;
constexpr int kProtectionAnswer = 0x0a;

Bytes bytes_or_empty(const ctap::Value& value) { return value.bytes().value_or(Bytes()); }

std::string text_or_empty(const ctap::Value& value) {
  if (auto text = value.text()) return *std::move(text);
  return std::string(as_text(bytes_or_empty(value)));
}

// RFC 8152, 13: kty 2 (EC2) with crv 1 (P-256), or kty 1 (OKP) with crv 6 (Ed25519).
Bytes public_key_of_cose(const ctap::Value& key) {
  const Bytes x = bytes_or_empty(key.find(-2));
  if (x.size() != 32) return {};
  if (key.find(1).integer() == 1 && key.find(-1).integer() == 6) return x;
  const Bytes y = bytes_or_empty(key.find(-3));
  if (key.find(1).integer() != 2 || key.find(-1).integer() != 1 || y.size() != 32) return {};
  Bytes point{0x04};
  append(point, x);
  append(point, y);
  return point;
}

Failure incomplete(const Device& device) {
  return fail(Code::kUnreachable,
              std::string(kListing) + ": the token at " + device.name() + " sent an incomplete response",
              kReinsert);
}

Result<StoredApplication> application_of(const ctap::Value& answer, const Device& device) {
  StoredApplication application;
  application.name = text_or_empty(answer.find(kRpAnswer).find("id"));
  const Bytes hash = bytes_or_empty(answer.find(kHashAnswer));
  application.hash = ctap::sha256(as_bytes(application.name));
  if (hash.size() == application.hash.size()) {
    application.cut = !std::ranges::equal(hash, application.hash);
    std::ranges::copy(hash, application.hash.begin());
  } else if (application.name.empty()) {
    return incomplete(device);
  }
  return application;
}

Result<ResidentKey> key_of(const ctap::Value& answer, const Device& device) {
  ResidentKey key;
  const ctap::Value user = answer.find(kUserAnswer);
  key.user_id = bytes_or_empty(user.find("id"));
  key.user_name = text_or_empty(user.find("name"));
  key.display_name = text_or_empty(user.find("displayName"));
  key.key_handle = bytes_or_empty(answer.find(kIdAnswer).find("id"));
  const ctap::Value cose = answer.find(kPublicKeyAnswer);
  key.cose_algorithm = cose.find(3).integer().value_or(0);
  key.algorithm = algorithm_of(key.cose_algorithm);
  if (key.algorithm) key.public_key = public_key_of_cose(cose);
  // SSH cannot use a key whose size does not match its type.
  if (key.algorithm && key.public_key.size() != public_key_size(*key.algorithm)) {
    key.algorithm.reset();
    key.public_key.clear();
  }
  const auto level = answer.find(kProtectionAnswer).integer().value_or(0);
  // A level that is not known protects at least as much.
  key.protection = static_cast<int>(std::clamp<std::int64_t>(level, 0, FIDO_CRED_PROT_UV_REQUIRED));
  key.verify = key.protection == FIDO_CRED_PROT_UV_REQUIRED || device.always_wants_pin();
  key.token = device.name();
  return key;
}

Failure not_there(const Device& device) {
  return fail(Code::kUnsupported,
              "the token at " + device.name() + " cannot list its resident keys (no credential management)",
              "use the key files that were written when the keys were made");
}

Result<> check_user(const Device& device, const Context& context) {
  const std::string token = "the token at " + device.name();
  if (CtapClient::can_verify(device, context)) return {};
  if (!device.has_pin()) {
    return fail(Code::kUnsupported, "no PIN is set on " + token + ", which lists resident keys only with one",
                set_pin_hint(device.path()));
  }
  if (context.pin == nullptr)
    return fail(Code::kPinRequired, token + " requires its PIN to list resident keys");
  return fail(Code::kUnsupported, token + " has no PIN protocol that is supported here");
}

}  // namespace

bool CredentialManagement::is_announced(const Device& device) {
  return device.is_ctap2() && (device.info().has("credMgmt") || device.info().has("credentialMgmtPreview"));
}

Result<Device> CredentialManagement::open(const Context& context) {
  auto announced = open_token(context, [&](const Device& device) -> Result<> {
    if (!is_announced(device)) return not_there(device);
    return check_user(device, context);
  });
  if (announced || announced.error().code != Code::kUnsupported || context.pin == nullptr) return announced;
  auto unannounced = open_token(context, [&](const Device& device) -> Result<> {
    if (!device.is_ctap2() || is_announced(device)) return not_there(device);
    return check_user(device, context);
  });
  return unannounced ? std::move(unannounced) : std::move(announced);
}

CredentialManagement::CredentialManagement(CtapClient& client, ctap::PinUvAuthToken token)
    : client_(&client),
      token_(std::move(token)),
      command_(client.device().info().has("credMgmt") ? CtapClient::kManage : CtapClient::kManagePreview) {}

Result<CredentialManagement> CredentialManagement::begin(CtapClient& client, const Context& context) {
  const Device& device = client.device();
  if (!is_announced(device) && (!device.is_ctap2() || context.pin == nullptr)) return not_there(device);
  HALLIGAN_CHECK(check_user(device, context));
  HALLIGAN_TRY(auto token, client.pin_uv_auth_token(context, kManageCredentials, {}, kListing));
  return CredentialManagement(client, std::move(token));
}

Result<CtapClient::Reply> CredentialManagement::ask(std::uint8_t subcommand, const Bytes& parameters,
                                                    std::string_view doing) {
  Bytes authenticated{subcommand};
  append(authenticated, parameters);
  ctap::Writer request;
  request.map(parameters.empty() ? 3 : 4).integer(kSubcommandKey).integer(subcommand);
  if (!parameters.empty()) request.integer(kParametersKey).item(parameters);
  request.integer(kProtocolKey).integer(token_.version());
  request.integer(kAuthParamKey).bytes(token_.authenticate(authenticated));
  return client_->ask(command_, request.written(), doing);
}

// The first answer has the total; the subcommand after `first` asks for each of the others.
template <typename Item>
Result<std::vector<Item>> CredentialManagement::enumerate(std::uint8_t first, const Bytes& parameters,
                                                          int total_key,
                                                          Result<Item> (*decode)(const ctap::Value&,
                                                                                 const Device&)) {
  std::vector<Item> items;
  Device& device = client_->device();
  HALLIGAN_TRY(CtapClient::Reply reply, ask(first, parameters, kListing));
  if (reply.status == FIDO_ERR_NO_CREDENTIALS) return items;
  if (reply.status == FIDO_ERR_INVALID_COMMAND && !is_announced(device)) return not_there(device);
  if (reply.status != FIDO_OK) return fail(device.failure(reply.status, kListing));
  const auto count = reply.value ? reply.value.find(total_key).number() : 0;
  if (!count) return incomplete(device);
  if (*count > kMost) {
    return fail(Code::kUnreachable,
                std::string(kListing) + ": the token at " + device.name() + " claims to have " +
                    std::to_string(*count) + " of them",
                "do not trust this token");
  }
  // CTAP 2.1, 6.8.3: an empty token reports a status of its own; some report a total of 0.
  for (auto left = *count; left > 0; --left) {
    if (!items.empty()) {
      ctap::Writer next;
      next.map(1).integer(kSubcommandKey).integer(first + 1);
      HALLIGAN_TRY(reply.value, client_->need(command_, next.written(), kListing));
    }
    HALLIGAN_TRY(Item item, decode(reply.value, device));
    items.push_back(std::move(item));
  }
  return items;
}

Result<std::vector<StoredApplication>> CredentialManagement::applications() {
  return enumerate(kFirstApplication, {}, kRpTotalAnswer, application_of);
}

Result<std::vector<ResidentKey>> CredentialManagement::keys_of(const StoredApplication& application) {
  ctap::Writer parameters;
  parameters.map(1).integer(kHashParameter).bytes(application.hash);
  HALLIGAN_TRY(auto keys, enumerate(kFirstCredential, parameters.written(), kTotalAnswer, key_of));
  for (ResidentKey& key : keys) {
    key.application = application.name;
    key.application_cut = application.cut;
  }
  return keys;
}

}  // namespace halligan::fido
