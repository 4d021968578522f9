#include <fido.h>
#include <new>

#include "base/log.hpp"
#include "token/der.hpp"
#include "token/hash.hpp"
#include "token/hint.hpp"
#include "token/request.hpp"
#include "token/select.hpp"
#include "token/u2f.hpp"

namespace halligan::token {
namespace {

using Assert = HandleByAddress<fido_assert_t, fido_assert_free>;

// A PIN, or the token's own verification where it has one; neither is sent unless it is wanted.
Result<fido_opt_t> verification(const Device& device, const Context& context, const SignRequest& request) {
  if (context.pin != nullptr) return FIDO_OPT_OMIT;
  // CTAP 2.1, 6.2.2 step 5. OpenSSH's programs differ in how they take it.
  if (!request.verify && request.touch && device.always_wants_pin()) {
    return fail(Code::kPinRequired,
                "the token at " + device.name() + " wants its PIN for every signature (alwaysUv)",
                "ssh and ssh-agent ask for it; ssh-keygen only for keys made with: -O verify-required");
  }
  if (!request.verify) return FIDO_OPT_OMIT;
  if (device.has_user_verification()) return FIDO_OPT_TRUE;
  if (!device.has_pin()) {
    return fail(Code::kUnsupported, "this key wants a PIN, and none is set on the token at " + device.name(),
                set_pin_hint(device.path()));
  }
  return fail(Code::kPinRequired, "this key wants the PIN of the token at " + device.name());
}

int set_message(fido_assert_t* assert, const SignRequest& request) {
  return request.message_is_hash
             ? fido_assert_set_clientdata_hash(assert, request.message.data(), request.message.size())
             : fido_assert_set_clientdata(assert, request.message.data(), request.message.size());
}

Result<Assert> prepare(const SignRequest& request, fido_opt_t uv) {
  Assert wanted(fido_assert_new());
  if (wanted == nullptr) throw std::bad_alloc();
  const bool ready =
      set_message(wanted.get(), request) == FIDO_OK &&
      fido_assert_set_rp(wanted.get(), request.application.c_str()) == FIDO_OK &&
      fido_assert_allow_cred(wanted.get(), request.key_handle.data(), request.key_handle.size()) == FIDO_OK &&
      fido_assert_set_up(wanted.get(), request.touch ? FIDO_OPT_TRUE : FIDO_OPT_FALSE) == FIDO_OK &&
      (uv == FIDO_OPT_OMIT || fido_assert_set_uv(wanted.get(), uv) == FIDO_OK);
  if (!ready) return fail(Code::kBadInput, "libfido2 refused the signature request");
  return wanted;
}

Result<Assertion> unpack(const fido_assert_t* assert, const SignRequest& request, const Device& device) {
  const std::string answered = "the token at " + device.name() + " answered ";
  if (fido_assert_count(assert) != 1) return fail(Code::kUnreachable, answered + "without a signature");
  if (!is_for_application({fido_assert_authdata_ptr(assert, 0), fido_assert_authdata_len(assert, 0)},
                          request.application)) {
    return fail(Code::kUnreachable, answered + "for another application", "do not trust this token");
  }
  Assertion result;
  result.token = device.name();
  result.flags = fido_assert_flags(assert, 0);
  result.counter = fido_assert_sigcount(assert, 0);
  if (request.touch && (result.flags & kUserPresent) == 0) {
    return fail(Code::kUnreachable, answered + "without the touch that was asked for");
  }
  if (request.verify && (result.flags & kUserVerified) == 0) {
    return fail(Code::kUnreachable, answered + "without the user verification that was asked for");
  }
  const ByteView signature{fido_assert_sig_ptr(assert, 0), fido_assert_sig_len(assert, 0)};
  if (request.algorithm == Algorithm::kEd25519) {
    if (signature.size() != 64)
      return fail(Code::kUnreachable, answered + "with a malformed Ed25519 signature");
    result.signature = to_bytes(signature);
    return result;
  }
  auto parts = parse_ecdsa_der(signature);
  if (!parts) {
    Error error = std::move(parts).error().in(answered + "with a malformed signature");
    error.code = Code::kUnreachable;
    return fail(std::move(error));
  }
  result.signature = std::move(parts->r);
  result.signature_s = std::move(parts->s);
  return result;
}

}  // namespace

Result<Assertion> sign(const Context& context, const SignRequest& request) {
  if (request.key_handle.empty()) return fail(Code::kBadInput, "the key has no key handle");
  if (request.message_is_hash && request.message.size() != sizeof(Hash)) {
    return fail(Code::kBadInput, "the hash to sign has " + std::to_string(request.message.size()) + " bytes");
  }
  // Where no touch is wanted, the question whether a token holds the key is the same request as the
  // signature.
  Assert signed_already;
  const auto is_holder = [&](const Device& each) {
    if (request.touch || request.verify || !each.is_ctap2())
      return holds(each, request.application, request.key_handle);
    auto asked = prepare(request, FIDO_OPT_OMIT);
    if (!asked || fido_dev_get_assert(each.get(), asked->get(), nullptr) != FIDO_OK) return false;
    signed_already = *std::move(asked);
    return true;
  };
  const auto fits = [&](const Device& each) -> Result<> {
    if (auto checked = verification(each, context, request); !checked)
      return fail(std::move(checked).error());
    return {};
  };
  HALLIGAN_TRY(Device device, open_holder(context, request.key_handle, is_holder, request.verify, fits));
  if (signed_already != nullptr) return unpack(signed_already.get(), request, device);
  if (!device.is_ctap2()) HALLIGAN_CHECK(check_u2f(device, request));
  HALLIGAN_TRY(const fido_opt_t uv, verification(device, context, request));
  HALLIGAN_TRY(const Assert assert, prepare(request, uv));
  const char* pin = pin_for(device, context);
  if (const int status = fido_dev_get_assert(device.get(), assert.get(), pin); status != FIDO_OK) {
    return fail(device.failure(status, "sign"));
  }
  debug("signed by the token at " + device.name());
  return unpack(assert.get(), request, device);
}

}  // namespace halligan::token
