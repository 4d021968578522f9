#include <fido.h>

#include "fido/credential/credential_management.hpp"
#include "token/admin/admin.hpp"

namespace halligan::token {
namespace {

using fido::CredentialManagement;

// The rest of the subcommands of authenticatorCredentialManagement (CTAP 2.1, 6.8), which the provider does
// not have.
enum Subcommand : std::uint8_t { kCount = 0x01, kDelete = 0x06, kUpdateUser = 0x07 };
constexpr int kIdParameter = 0x02;
constexpr int kUserParameter = 0x03;
constexpr int kExistingAnswer = 0x01;
constexpr int kRemainingAnswer = 0x02;

constexpr const char* kCounting = "count the resident keys";

// An open token whose user is verified. It cannot be moved: its members refer to each other.
class Manager {
 public:
  static Result<std::unique_ptr<Manager>> open(const fido::Context& context) {
    HALLIGAN_TRY(fido::Device device, open_only_token(context));
    std::unique_ptr<Manager> manager(new Manager(std::move(device)));
    HALLIGAN_TRY(manager->management_, CredentialManagement::begin(manager->client_, context));
    return manager;
  }

  const fido::Device& device() const { return device_; }
  CredentialManagement& management() { return *management_; }

  Result<StoredKeys> count() {
    HALLIGAN_TRY(const auto reply, management_->ask(kCount, {}, kCounting));
    if (reply.status != FIDO_OK) return fail(device_.failure(reply.status, kCounting));
    const auto existing = reply.value.find(kExistingAnswer).number();
    const auto remaining = reply.value.find(kRemainingAnswer).number();
    if (!existing || !remaining) {
      return fail(Code::kUnreachable, std::string(kCounting) + ": the token at " + device_.name() +
                                          " sent an incomplete response");
    }
    return StoredKeys{
        .token = device_.name(), .path = device_.path(), .keys = {}, .used = *existing, .left = *remaining};
  }

  Result<> change(Subcommand subcommand, const ctap::Writer& parameters, std::string_view doing) {
    auto reply = management_->ask(subcommand, parameters.written(), doing);
    if (reply && reply->status == FIDO_OK) return {};
    Error error = reply ? device_.failure(reply->status, doing) : std::move(reply).error();
    // Without an answer it may have been done.
    if (error.code == Code::kUnreachable)
      error.hint = "check whether it was done with: halligan token keys list";
    return fail(std::move(error));
  }

 private:
  explicit Manager(fido::Device&& device) : device_(std::move(device)), client_(device_) {}

  fido::Device device_;
  fido::CtapClient client_;
  std::optional<CredentialManagement> management_;
};

// PublicKeyCredentialDescriptor (WebAuthn, 5.8.3)
Bytes descriptor_of(const Bytes& id) {
  ctap::Writer descriptor;
  descriptor.map(2).text("id").bytes(id).text("type").text("public-key");
  return descriptor.written();
}

// Without its ID nothing can be asked about it.
Result<> check_named(const fido::ResidentKey& key) {
  if (!key.key_handle.empty()) return {};
  return fail(Code::kUnsupported,
              "the token at " + key.token + " does not tell the credential ID of this key");
}

}  // namespace

Result<StoredKeys> stored_keys(const fido::Context& context) {
  HALLIGAN_TRY(const auto manager, Manager::open(context));
  HALLIGAN_TRY(StoredKeys stored, manager->count());
  HALLIGAN_TRY(const auto applications, manager->management().applications());
  for (const auto& application : applications) {
    HALLIGAN_TRY(auto keys, manager->management().keys_of(application));
    std::move(keys.begin(), keys.end(), std::back_inserter(stored.keys));
  }
  return stored;
}

Result<std::uint64_t> count_stored_keys(const fido::Context& context) {
  HALLIGAN_TRY(const auto manager, Manager::open(context));
  HALLIGAN_TRY(const StoredKeys stored, manager->count());
  return stored.used;
}

Result<> rename_stored_key(const fido::Context& context, const fido::ResidentKey& key) {
  HALLIGAN_CHECK(check_named(key));
  HALLIGAN_TRY(const auto manager, Manager::open(context));
  if (manager->management().is_preview()) {
    return fail(Code::kUnsupported,
                "the token at " + manager->device().name() + " cannot rename keys (CTAP 2.1)",
                "make the key again with the name it should have");
  }
  const bool has_name = !key.user_name.empty();
  const bool has_display_name = !key.display_name.empty();
  ctap::Writer parameters;
  parameters.map(2).integer(kIdParameter).item(descriptor_of(key.key_handle)).integer(kUserParameter);
  parameters.map(1 + (has_name ? 1 : 0) + (has_display_name ? 1 : 0));
  parameters.text("id").bytes(key.user_id);
  if (has_name) parameters.text("name").text(key.user_name);
  if (has_display_name) parameters.text("displayName").text(key.display_name);
  return manager->change(kUpdateUser, parameters, "rename the key");
}

Result<> delete_stored_key(const fido::Context& context, const fido::ResidentKey& key) {
  HALLIGAN_CHECK(check_named(key));
  HALLIGAN_TRY(const auto manager, Manager::open(context));
  ctap::Writer parameters;
  parameters.map(1).integer(kIdParameter).item(descriptor_of(key.key_handle));
  return manager->change(kDelete, parameters, "delete the key");
}

}  // namespace halligan::token
