#include "fido/credential/credential_management.hpp"

#include "base/codec.hpp"
#include "base/log.hpp"
#include "fido/discovery/select.hpp"

namespace halligan::fido {
namespace {

// Why SSH cannot use it; empty: it can.
std::string why_useless(const ResidentKey& key) {
  if (key.key_handle.empty()) return "without a credential ID";
  if (key.algorithm) return {};
  if (key.cose_algorithm == 0) return "without a public key";
  return "of a type that OpenSSH does not have, COSE " + std::to_string(key.cose_algorithm);
}

Result<> add_keys(CredentialManagement& management, const StoredApplication& application,
                  std::vector<ResidentKey>& keys) {
  HALLIGAN_TRY(auto found, management.keys_of(application));
  for (ResidentKey& key : found) {
    if (const std::string why = why_useless(key); !why.empty()) {
      say("left out a resident key for " + printable(application.name) + " " + why);
    } else {
      keys.push_back(std::move(key));
    }
  }
  return {};
}

}  // namespace

Result<std::vector<ResidentKey>> resident_keys_of(const Context& context, const std::string& application) {
  HALLIGAN_TRY(Device device, CredentialManagement::open(context));
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
  HALLIGAN_TRY(Device device, CredentialManagement::open(context));
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
