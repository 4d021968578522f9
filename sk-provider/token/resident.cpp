#include <fido.h>
#include <fido/credman.h>
#include <new>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "token/key_material.hpp"
#include "token/request.hpp"
#include "token/select.hpp"

namespace halligan::token {
namespace {

using RelyingParties = HandleByAddress<fido_credman_rp_t, fido_credman_rp_free>;
using Residents = HandleByAddress<fido_credman_rk_t, fido_credman_rk_free>;

Result<> check_possible(const Device& device, const Context& context) {
  const std::string token = "the token at " + device.name();
  if (!device.is_ctap2() || !fido_dev_supports_credman(device.get())) {
    return fail(Code::kUnsupported, token + " cannot list resident keys (no credential management)",
                "use the key files that were written when the keys were made");
  }
  if (device.has_user_verification()) return {};
  if (!device.has_pin()) {
    return fail(Code::kUnsupported,
                "no PIN is set on " + token + ", and without one it lists no resident keys",
                "set one with: fido2-token -S " + device.path());
  }
  if (context.pin == nullptr) return fail(Code::kPinRequired, token + " wants its PIN to list resident keys");
  return {};
}

// Nothing for a key of a type that SSH has no use for: one such key must not hide the others.
Result<std::optional<ResidentKey>> convert(const fido_cred_t* cred, const std::string& application) {
  const auto algorithm = algorithm_of(fido_cred_type(cred));
  if (!algorithm) {
    debug("passing over a resident key of COSE type " + std::to_string(fido_cred_type(cred)));
    return std::nullopt;
  }
  ResidentKey key;
  key.algorithm = *algorithm;
  key.application = application;
  HALLIGAN_TRY(key.public_key, public_key_of(cred, *algorithm));
  key.key_handle = blob(fido_cred_id_ptr(cred), fido_cred_id_len(cred));
  key.user_id = blob(fido_cred_user_id_ptr(cred), fido_cred_user_id_len(cred));
  const char* display_name = fido_cred_display_name(cred);
  key.display_name = display_name == nullptr ? "" : display_name;
  key.verify = fido_cred_prot(cred) == FIDO_CRED_PROT_UV_REQUIRED;
  return key;
}

Result<> list_application(Device& device, const char* pin, const std::string& application,
                          std::vector<ResidentKey>& keys) {
  const Residents residents(fido_credman_rk_new());
  if (residents == nullptr) throw std::bad_alloc();
  const int status = fido_credman_get_dev_rk(device.get(), application.c_str(), residents.get(), pin);
  if (status == FIDO_ERR_NO_CREDENTIALS) return {};
  if (status != FIDO_OK)
    return fail(device.failure(status, "list the resident keys of " + printable(application)));
  for (std::size_t i = 0; i < fido_credman_rk_count(residents.get()); ++i) {
    HALLIGAN_TRY(auto key, convert(fido_credman_rk(residents.get(), i), application));
    if (!key) continue;
    key->token = device.name();
    keys.push_back(*std::move(key));
  }
  return {};
}

}  // namespace

Result<std::vector<ResidentKey>> resident_keys_of(const Context& context, const std::string& application) {
  HALLIGAN_TRY(Device device, open_token(context));
  HALLIGAN_CHECK(check_possible(device, context));
  std::vector<ResidentKey> keys;
  HALLIGAN_CHECK(
      list_application(device, context.pin == nullptr ? nullptr : context.pin->c_str(), application, keys));
  return keys;
}

Result<std::vector<ResidentKey>> list_resident(const Context& context, std::string_view prefix) {
  HALLIGAN_TRY(Device device, open_token(context));
  HALLIGAN_CHECK(check_possible(device, context));
  const char* pin = context.pin == nullptr ? nullptr : context.pin->c_str();
  const RelyingParties parties(fido_credman_rp_new());
  if (parties == nullptr) throw std::bad_alloc();
  std::vector<ResidentKey> keys;
  const int status = fido_credman_get_dev_rp(device.get(), parties.get(), pin);
  if (status == FIDO_ERR_NO_CREDENTIALS) return keys;
  if (status != FIDO_OK) return fail(device.failure(status, "list resident keys"));
  for (std::size_t i = 0; i < fido_credman_rp_count(parties.get()); ++i) {
    const char* id = fido_credman_rp_id(parties.get(), i);
    if (id == nullptr || !std::string_view(id).starts_with(prefix)) continue;
    HALLIGAN_CHECK(list_application(device, pin, id, keys));
  }
  return keys;
}

}  // namespace halligan::token
