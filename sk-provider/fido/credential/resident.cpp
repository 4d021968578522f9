#include "fido/credential/resident.hpp"

#include "base/codec.hpp"
#include "base/log.hpp"
#include "fido/credential/credential_management.hpp"
#include "fido/discovery/select.hpp"
#include "fido/hash.hpp"
#include "fido/hint.hpp"
#include "fido/key_material.hpp"
#include "fido/request.hpp"

namespace halligan::fido {
namespace {

// credProtect "userVerificationRequired" (CTAP 2.1, 12.1)
constexpr int kVerificationRequired = 3;
constexpr const char* kListingKeys = "list resident keys";

Result<> check_possible(const Device& device, const Context& context) {
  const std::string token = "the token at " + device.name();
  if (!CredentialManagement::possible(device)) {
    return fail(Code::kUnsupported, token + " cannot list resident keys (no credential management)",
                "use the key files that were written when the keys were made");
  }
  if (CtapClient::can_prove(device, context)) return {};
  if (!device.has_pin()) {
    return fail(Code::kUnsupported,
                "no PIN is set on " + token + ", and without one it lists no resident keys",
                set_pin_hint(device.path()));
  }
  if (context.pin == nullptr) return fail(Code::kPinRequired, token + " wants its PIN to list resident keys");
  return fail(Code::kUnsupported, token + " has no PIN protocol that is known here");
}

Result<Device> open_lister(const Context& context) {
  return open_token(context, [&](const Device& device) { return check_possible(device, context); });
}

// Nothing for a key of a type that SSH has no use for: one such key must not hide the others.
std::optional<ResidentKey> convert(StoredCredential&& stored, const std::string& application,
                                   const Device& device) {
  const auto algorithm = algorithm_of(static_cast<int>(stored.cose_algorithm));
  const std::size_t size = algorithm == Algorithm::kEcdsa ? 65 : 32;
  if (!algorithm || stored.public_key.size() != size) {
    debug("passing over a resident key of COSE algorithm " + std::to_string(stored.cose_algorithm));
    return std::nullopt;
  }
  ResidentKey key;
  key.algorithm = *algorithm;
  key.application = application;
  key.public_key = std::move(stored.public_key);
  key.key_handle = std::move(stored.id);
  key.user_id = std::move(stored.user_id);
  key.display_name = std::move(stored.display_name);
  key.verify = stored.protection == kVerificationRequired || device.always_wants_pin();
  key.token = device.name();
  return key;
}

Result<> list_application(CredentialManagement& management, const std::string& application,
                          const Device& device, std::vector<ResidentKey>& keys) {
  HALLIGAN_TRY(auto stored, management.credentials(sha256(as_bytes(application))));
  for (StoredCredential& credential : stored) {
    if (auto key = convert(std::move(credential), application, device)) keys.push_back(*std::move(key));
  }
  return {};
}

}  // namespace

Result<std::vector<ResidentKey>> resident_keys_of(const Context& context, const std::string& application) {
  HALLIGAN_TRY(Device device, open_lister(context));
  CtapClient client(device);
  return resident_keys_on(client, context, application);
}

Result<std::vector<ResidentKey>> resident_keys_on(CtapClient& client, const Context& context,
                                                  const std::string& application) {
  const Device& device = client.device();
  HALLIGAN_CHECK(check_possible(device, context));
  HALLIGAN_TRY(const auto proof, client.prove(context, kManageCredentials, {}, kListingKeys));
  CredentialManagement management(client, proof);
  std::vector<ResidentKey> keys;
  HALLIGAN_CHECK(list_application(management, application, device, keys));
  return keys;
}

Result<std::vector<ResidentKey>> list_resident(const Context& context, std::string_view prefix) {
  HALLIGAN_TRY(Device device, open_lister(context));
  CtapClient client(device);
  HALLIGAN_CHECK(check_possible(device, context));
  HALLIGAN_TRY(const auto proof, client.prove(context, kManageCredentials, {}, kListingKeys));
  CredentialManagement management(client, proof);
  HALLIGAN_TRY(const auto applications, management.applications());
  std::vector<ResidentKey> keys;
  for (const StoredApplication& application : applications) {
    if (!std::string_view(application.id).starts_with(prefix)) continue;
    // A key that is listed under one name and made for another would never sign.
    if (sha256(as_bytes(application.id)) != application.hash) {
      debug("passing over the resident keys of " + printable(application.id) + ", a name that is cut short");
      continue;
    }
    HALLIGAN_CHECK(list_application(management, application.id, device, keys));
  }
  return keys;
}

}  // namespace halligan::fido
