#include "fido/credential/credential_management.hpp"

#include "base/codec.hpp"
#include "base/log.hpp"
#include "fido/discovery/select.hpp"

namespace halligan::fido {
namespace {

Result<Device> open_lister(const Context& context) {
  return open_token(
      context, [&](const Device& device) { return CredentialManagement::check_possible(device, context); });
}

Result<> add_keys(CredentialManagement& management, const StoredApplication& application,
                  std::vector<ResidentKey>& keys) {
  HALLIGAN_TRY(auto found, management.keys_of(application));
  for (ResidentKey& key : found) {
    if (key.algorithm) {
      keys.push_back(std::move(key));
    } else {
      say("left out a resident key for " + printable(application.name) +
          (key.cose_algorithm == 0
               ? " without a public key"
               : " of a type that OpenSSH does not have, COSE " + std::to_string(key.cose_algorithm)));
    }
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
  HALLIGAN_TRY(auto management, CredentialManagement::begin(client, context));
  std::vector<ResidentKey> keys;
  HALLIGAN_CHECK(add_keys(management, {application, ctap::sha256(as_bytes(application))}, keys));
  return keys;
}

Result<std::vector<ResidentKey>> list_resident(const Context& context, std::string_view prefix) {
  HALLIGAN_TRY(Device device, open_lister(context));
  CtapClient client(device);
  HALLIGAN_TRY(auto management, CredentialManagement::begin(client, context));
  HALLIGAN_TRY(const auto applications, management.applications());
  std::vector<ResidentKey> keys;
  for (const StoredApplication& application : applications) {
    if (!std::string_view(application.name).starts_with(prefix)) continue;
    if (application.cut) {  // the full name is unknown, so the keys could not sign
      say("left out the resident keys for " + printable(application.name) + "…: the token at " +
              device.name() + " cut the application's name",
          "use the key files that were written when they were made, or make new ones with a shorter name");
      continue;
    }
    HALLIGAN_CHECK(add_keys(management, application, keys));
  }
  return keys;
}

}  // namespace halligan::fido
