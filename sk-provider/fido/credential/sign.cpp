#include <fido.h>

#include <iterator>
#include <mutex>
#include <new>
#include <string>

#include "base/log.hpp"
#include "ctap/auth_data.hpp"
#include "ctap/digest.hpp"
#include "ctap/ecdsa_signature.hpp"
#include "fido/discovery/select.hpp"
#include "fido/failure.hpp"
#include "fido/request.hpp"
#include "fido/u2f.hpp"

namespace halligan::fido {
namespace {

using Assert = HandleByAddress<fido_assert_t, fido_assert_free>;

// A PIN, or built-in user verification; neither is requested unless it is required.
Result<fido_opt_t> verification(const Device& device, const Context& context, const SignRequest& request) {
  if (context.pin != nullptr) return FIDO_OPT_OMIT;
  // CTAP 2.1, 6.2.2 step 5. OpenSSH's programs differ in how they take it.
  if (!request.verify && request.touch && device.always_wants_pin()) {
    return fail(
        Code::kPinRequired,
        "the token at " + device.name() + " requires its PIN for every signature (alwaysUv)",
        "use ssh or ssh-agent, which ask for it; ssh-keygen asks only for keys made with -O verify-required");
  }
  if (!request.verify) return FIDO_OPT_OMIT;
  if (device.has_user_verification()) return FIDO_OPT_TRUE;
  if (!device.has_pin()) {
    return fail(Code::kUnsupported, "this key requires a PIN; none is set on the token at " + device.name(),
                set_pin_hint(device.path()));
  }
  return fail(Code::kPinRequired, "this key requires the PIN of the token at " + device.name());
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
  if (!ready) return fail(Code::kBadInput, "libfido2 rejected the signature request");
  return wanted;
}

Result<Signature> unpack(const fido_assert_t* assert, const SignRequest& request, const Device& device) {
  const std::string returned = "the token at " + device.name() + " returned ";
  if (const std::size_t count = fido_assert_count(assert); count != 1)
    return fail(Code::kUnreachable, returned + std::to_string(count) + " signatures instead of one");
  if (!ctap::is_for_application({fido_assert_authdata_ptr(assert, 0), fido_assert_authdata_len(assert, 0)},
                                request.application)) {
    return fail(Code::kUnreachable, returned + "a signature for another application",
                "do not trust this token");
  }
  Signature result;
  result.flags = fido_assert_flags(assert, 0);
  result.counter = fido_assert_sigcount(assert, 0);
  if (request.touch && (result.flags & kUserPresent) == 0) {
    return fail(Code::kUnreachable, returned + "a signature without the requested touch");
  }
  if (request.verify && (result.flags & kUserVerified) == 0) {
    return fail(Code::kUnreachable, returned + "a signature without the requested user verification");
  }
  const ByteView signature{fido_assert_sig_ptr(assert, 0), fido_assert_sig_len(assert, 0)};
  if (request.algorithm == Algorithm::kEd25519) {
    if (signature.size() != 64) return fail(Code::kUnreachable, returned + "a malformed signature");
    result.signature = to_bytes(signature);
    return result;
  }
  auto parts = ctap::parse_ecdsa_signature(signature);
  if (!parts) return fail(Code::kUnreachable, returned + "a malformed signature");
  result.signature = std::move(parts->r);
  result.signature_s = std::move(parts->s);
  return result;
}

Result<Assertion> assertion(const fido_assert_t* assert, const SignRequest& request, const Device& device) {
  HALLIGAN_TRY(Signature answer, unpack(assert, request, device));
  return Assertion{std::move(answer), device.name()};
}

// Does this token hold the key? CTAP 2.1, 6.2.2: an assertion with up=false takes no touch; a token without
// the key returns NO_CREDENTIALS. A U2F token that knows the handle answers that it requires a touch (U2F Raw
// Message Formats 1.2, 5.1). If no touch is required, the answer is the signature itself, which goes to
// `signed_already`.
bool is_holder(const Device& device, const SignRequest& request, Assert& signed_already,
               std::vector<Signature>& searches) {
  const bool is_search = request.touch || request.verify || !device.is_ctap2();
  SignRequest asked = request;
  asked.touch = asked.verify = false;
  if (is_search) {
    asked.message = kSearchMessage;
    asked.message_is_hash = false;
  }
  auto assert = prepare(asked, FIDO_OPT_OMIT);
  const Transport::Prompt prompt(device.transport());
  const int status = assert ? fido_dev_get_assert(device.get(), assert->get(), nullptr) : FIDO_ERR_INTERNAL;
  if (!device.is_ctap2()) return status == FIDO_ERR_USER_PRESENCE_REQUIRED;
  if (status != FIDO_OK) return false;
  if (!is_search) {
    signed_already = *std::move(assert);
  } else if (auto answer = unpack(assert->get(), asked, device)) {
    searches.push_back(*std::move(answer));
  }
  return true;
}

Result<Assertion> sign(const Context& context, const SignRequest& request, std::vector<Signature>& searches,
                       std::optional<std::uint32_t>& discarded) {
  if (request.key_handle.empty()) return fail(Code::kBadInput, "the key has no key handle");
  if (request.message_is_hash && request.message.size() != sizeof(ctap::Hash)) {
    return fail(Code::kBadInput, "the hash to sign has " + std::to_string(request.message.size()) + " bytes");
  }
  Assert signed_already;
  std::mutex guard;
  const auto holds = [&](const Device& each) {
    Assert signature;
    std::vector<Signature> made;
    const bool yes = is_holder(each, request, signature, made);
    const std::lock_guard lock(guard);
    if (signed_already == nullptr) signed_already = std::move(signature);
    searches.insert(searches.end(), std::make_move_iterator(made.begin()),
                    std::make_move_iterator(made.end()));
    return yes;
  };
  const auto fits = [&](const Device& each) -> Result<> {
    HALLIGAN_CHECK(verification(each, context, request));
    return {};
  };
  HALLIGAN_TRY(Device device, open_holder(context, request.key_handle, holds, request.verify, fits));
  if (signed_already != nullptr) return assertion(signed_already.get(), request, device);
  if (!device.is_ctap2()) HALLIGAN_CHECK(check_u2f(device, request));
  HALLIGAN_TRY(const fido_opt_t uv, verification(device, context, request));
  HALLIGAN_TRY(const Assert assert, prepare(request, uv));
  const char* pin = pin_for(device, context);
  if (const int status = fido_dev_get_assert(device.get(), assert.get(), pin); status != FIDO_OK) {
    return fail(device.failure(status, "sign", device.pin_tries_after(status)));
  }
  debug("signed by the token at " + device.name());
  auto signed_now = assertion(assert.get(), request, device);
  if (!signed_now && fido_assert_count(assert.get()) > 0) discarded = fido_assert_sigcount(assert.get(), 0);
  return signed_now;
}

}  // namespace

Signing sign(const Context& context, const SignRequest& request) {
  std::vector<Signature> searches;
  std::optional<std::uint32_t> discarded;
  auto assertion = sign(context, request, searches, discarded);
  return {std::move(assertion), std::move(searches), discarded};
}

}  // namespace halligan::fido
