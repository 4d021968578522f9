#include <utility>

#include "fido/credential/credential_management.hpp"
#include "fido/hash.hpp"
#include "fido/hint.hpp"
#include "fido/key_material.hpp"
#include "token/admin/admin.hpp"
#include "token/admin/chosen.hpp"

namespace halligan::token {
namespace {

// The token, its user verified, ready to be asked about its keys. Neither can be moved: one refers to the
// other.
struct Manager {
  Manager(fido::Device&& opened, const fido::Context& context)
      : device(std::move(opened)), client(device), asked(context) {}
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  Result<ctap::UserProof> prove() {
    const std::string token = "the token at " + device.name();
    if (!fido::CredentialManagement::possible(device)) {
      return fail(Code::kUnsupported, token + " cannot list its resident keys (no credential management)",
                  "see what it can do with: halligan token info");
    }
    if (fido::CtapClient::can_prove(device, asked))
      return client.prove(asked, fido::kManageCredentials, {}, "ask about resident keys");
    if (!device.has_pin()) {
      return fail(Code::kUnsupported,
                  "no PIN is set on " + token + ", and without one it shows no resident keys",
                  fido::set_pin_hint(device.path()));
    }
    if (asked.pin == nullptr) return fail(Code::kPinRequired, token + " wants its PIN to show its keys");
    return fail(Code::kUnsupported, token + " has no PIN protocol that is known here");
  }

  fido::Device device;
  fido::CtapClient client;
  const fido::Context& asked;
};

StoredKey stored_key(fido::StoredCredential&& stored, const std::string& application) {
  StoredKey key;
  key.application = application;
  key.credential_id = std::move(stored.id);
  key.cose = stored.cose_algorithm;
  const auto algorithm =
      std::in_range<int>(key.cose) ? fido::algorithm_of(static_cast<int>(key.cose)) : std::nullopt;
  // A key of a size that its type does not have is one that SSH cannot use.
  if (algorithm && stored.public_key.size() == (algorithm == fido::Algorithm::kEcdsa ? 65 : 32)) {
    key.algorithm = algorithm;
    key.public_key = std::move(stored.public_key);
  }
  key.user_id = std::move(stored.user_id);
  key.user_name = std::move(stored.user_name);
  key.display_name = std::move(stored.display_name);
  key.protection = stored.protection;
  return key;
}

// Whether it was done cannot be known when the answer did not come.
Result<> unless_unsure(Result<> done) {
  if (done || done.error().code != Code::kUnreachable) return done;
  Error error = std::move(done).error();
  error.hint = "see whether it was done with: halligan token keys list";
  return fail(std::move(error));
}

}  // namespace

Result<StoredKeys> stored_keys(const fido::Context& context) {
  HALLIGAN_TRY(fido::Device device, open_chosen(context));
  Manager manager(std::move(device), context);
  HALLIGAN_TRY(const auto proof, manager.prove());
  fido::CredentialManagement management(manager.client, proof);
  HALLIGAN_TRY(const fido::StoredCount count, management.count());
  StoredKeys stored{.token = manager.device.name(),
                    .path = manager.device.path(),
                    .keys = {},
                    .used = count.existing,
                    .left = count.remaining};
  HALLIGAN_TRY(const auto applications, management.applications());
  for (const fido::StoredApplication& application : applications) {
    HALLIGAN_TRY(auto credentials, management.credentials(application.hash));
    // A name that the token cut short is not the one that the keys were made for.
    const bool whole = fido::sha256(as_bytes(application.id)) == application.hash;
    for (fido::StoredCredential& credential : credentials) {
      stored.keys.push_back(stored_key(std::move(credential), application.id));
      stored.keys.back().application_cut = !whole;
    }
  }
  return stored;
}

Result<std::uint64_t> count_stored_keys(const fido::Context& context) {
  HALLIGAN_TRY(fido::Device device, open_chosen(context));
  Manager manager(std::move(device), context);
  HALLIGAN_TRY(const auto proof, manager.prove());
  HALLIGAN_TRY(const fido::StoredCount count, fido::CredentialManagement(manager.client, proof).count());
  return count.existing;
}

Result<> rename_stored_key(const fido::Context& context, const StoredKey& key) {
  HALLIGAN_TRY(fido::Device device, open_chosen(context));
  Manager manager(std::move(device), context);
  HALLIGAN_TRY(const auto proof, manager.prove());
  fido::CredentialManagement management(manager.client, proof);
  if (!management.can_rename()) {
    return fail(Code::kUnsupported,
                "the token at " + manager.device.name() + " cannot rename keys (CTAP 2.1)",
                "make the key again with the name it should have");
  }
  fido::StoredCredential changed;
  changed.id = key.credential_id;
  changed.user_id = key.user_id;
  changed.user_name = key.user_name;
  changed.display_name = key.display_name;
  return unless_unsure(management.rename(changed));
}

Result<> delete_stored_key(const fido::Context& context, const StoredKey& key) {
  HALLIGAN_TRY(fido::Device device, open_chosen(context));
  Manager manager(std::move(device), context);
  HALLIGAN_TRY(const auto proof, manager.prove());
  return unless_unsure(fido::CredentialManagement(manager.client, proof).remove(key.credential_id));
}

}  // namespace halligan::token
