#include <fido.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <new>
#include <utility>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "ctap/auth_data.hpp"
#include "ctap/digest.hpp"
#include "fido/credential/credential_management.hpp"
#include "fido/credential/resident_enroll.hpp"
#include "fido/credential/user_id.hpp"
#include "fido/discovery/select.hpp"
#include "fido/failure.hpp"
#include "fido/key_material.hpp"
#include "fido/request.hpp"
#include "fido/u2f.hpp"

namespace halligan::fido {
namespace {

using Cred = HandleByAddress<fido_cred_t, fido_cred_free>;

constexpr const char* kUserName = "openssh";

// CTAP 2.0, 5.1: on a token with verification set up, every new key requires it.
bool before_ctap21(const Device& device) {
  return device.is_ctap2() && !fido_dev_supports_permissions(device.get());
}

// What getInfo says is checked before anything is asked of the token or the person.
Result<> check_possible(const Device& device, const Context& context, const EnrollRequest& request) {
  const std::string token = "the token at " + device.name();
  const bool protect = request.resident || request.verify;
  if (!device.is_ctap2()) return check_u2f(device, request);
  if (protect && !device.has_cred_protect()) {
    return fail(Code::kUnsupported, token + " cannot protect a key with its PIN (no credProtect extension)",
                "make a key that is neither resident nor verify-required, or use another token");
  }
  if (context.pin != nullptr || device.has_user_verification()) return {};
  if (request.verify && !device.has_pin()) {
    return fail(Code::kUnsupported, "verify-required needs a PIN; none is set on " + token,
                set_pin_hint(device.path()));
  }
  // CTAP 2.0, 5.1 and CTAP 2.1, 6.1.2 step 11: if a PIN is set, a resident key always requires it. So did
  // every key before CTAP 2.1, and does since, unless makeCredUvNotRqd is set.
  const bool plain_needs_pin = before_ctap21(device) || !device.info().has("makeCredUvNotRqd");
  if (device.has_pin() && (request.resident || plain_needs_pin || device.always_wants_pin())) {
    return fail(Code::kPinRequired, token + " requires its PIN to make this key");
  }
  return {};
}

// CTAP has texts in UTF-8. A longer application is not one that OpenSSH reads from a key again.
Result<> check_texts(const EnrollRequest& request) {
  constexpr std::size_t kLongestApplication = 1024;
  if (!is_utf8(as_bytes(request.application)))
    return fail(Code::kBadInput, "the application is not UTF-8 text");
  if (request.application.size() > kLongestApplication) {
    return fail(Code::kBadInput, "the application has " + std::to_string(request.application.size()) +
                                     " bytes, and at most 1024 can be used");
  }
  if (!is_utf8(as_bytes(request.user))) return fail(Code::kBadInput, "the user is not UTF-8 text");
  return {};
}

std::string name_of(const EnrollRequest& request) { return request.user.empty() ? kUserName : request.user; }

// The default is the date on which the key was made, which helps when another key would replace it.
std::string display_name_of(const EnrollRequest& request) {
  if (!request.display_name.empty()) return request.display_name;
  const std::time_t now = ::time(nullptr);
  std::tm utc{};
  std::array<char, 16> date{};
  if (::gmtime_r(&now, &utc) == nullptr || ::strftime(date.data(), date.size(), " %Y-%m-%d", &utc) == 0)
    return name_of(request);
  return name_of(request) + date.data();
}

int protection_of(const EnrollRequest& request) {
  return request.verify     ? FIDO_CRED_PROT_UV_REQUIRED
         : request.resident ? FIDO_CRED_PROT_UV_OPTIONAL_WITH_ID
                            : 0;
}

int set_challenge(fido_cred_t* cred, const EnrollRequest& request) {
  return request.challenge_is_hash
             ? fido_cred_set_clientdata_hash(cred, request.challenge.data(), request.challenge.size())
             : fido_cred_set_clientdata(cred, request.challenge.data(), request.challenge.size());
}

Result<Cred> prepare(const Device& device, const Context& context, const EnrollRequest& request,
                     const UserId& user) {
  Cred cred(fido_cred_new());
  if (cred == nullptr) throw std::bad_alloc();
  const bool built_in = context.pin == nullptr && device.has_user_verification();
  const int protect = protection_of(request);
  const bool ready = fido_cred_set_type(cred.get(), cose_algorithm(request.algorithm)) == FIDO_OK &&
                     set_challenge(cred.get(), request) == FIDO_OK &&
                     fido_cred_set_rp(cred.get(), request.application.c_str(), nullptr) == FIDO_OK &&
                     fido_cred_set_user(cred.get(), user.data(), user.size(), name_of(request).c_str(),
                                        display_name_of(request).c_str(), nullptr) == FIDO_OK &&
                     (!request.resident || fido_cred_set_rk(cred.get(), FIDO_OPT_TRUE) == FIDO_OK) &&
                     (protect == 0 || fido_cred_set_prot(cred.get(), protect) == FIDO_OK) &&
                     (!built_in || (protect == 0 && !before_ctap21(device)) ||
                      fido_cred_set_uv(cred.get(), FIDO_OPT_TRUE) == FIDO_OK);
  if (!ready) return fail(Code::kBadInput, "libfido2 rejected the application, user or challenge");
  return cred;
}

// May the key that was found be replaced?
Result<> check_occupant(const Device& device, const EnrollRequest& request, const KeyUser& found) {
  const Occupant occupant{device.name(), request.application, request.user,
                          found.id,      found.display_name,  found.fingerprint};
  if (request.may_replace && request.may_replace(occupant)) return {};
  return fail(Code::kExists, describe(occupant),
              "give the new key another application or user, or agree to overwrite the old one");
}

bool is_of(ByteView id, const EnrollRequest& request, const UserId& user) {
  return same(id, user) || (request.keep_undiscoverable && user_text(id) == request.user);
}

// A fingerprint token from before CTAP 2.1 issues no pinUvAuthToken for a fingerprint: it takes one gesture
// to list its keys and another to make one.
Result<std::optional<KeyUser>> find_by_gesture(Device& device, const EnrollRequest& request,
                                               const UserId& user) {
  const HandleByAddress<fido_assert_t, fido_assert_free> probe(fido_assert_new());
  if (probe == nullptr) throw std::bad_alloc();
  const bool ready = fido_assert_set_clientdata(probe.get(), request.challenge.data(),
                                                request.challenge.size()) == FIDO_OK &&
                     fido_assert_set_rp(probe.get(), request.application.c_str()) == FIDO_OK &&
                     fido_assert_set_up(probe.get(), FIDO_OPT_FALSE) == FIDO_OK &&
                     fido_assert_set_uv(probe.get(), FIDO_OPT_TRUE) == FIDO_OK;
  if (!ready) return fail(Code::kBadInput, "libfido2 rejected the application or challenge");
  const int status = fido_dev_get_assert(device.get(), probe.get(), nullptr);
  if (status == FIDO_ERR_NO_CREDENTIALS) return std::nullopt;
  if (status != FIDO_OK) return fail(device.failure(status, "look for an existing resident key"));
  for (std::size_t i = 0; i < fido_assert_count(probe.get()); ++i) {
    const std::uint32_t counter = fido_assert_sigcount(probe.get(), i);
    if (request.counted && counter != 0) request.counted(counter);
  }
  for (std::size_t i = 0; i < fido_assert_count(probe.get()); ++i) {
    KeyUser found{
        blob(fido_assert_user_id_ptr(probe.get(), i), fido_assert_user_id_len(probe.get(), i)), {}, {}};
    if (const char* name = fido_assert_user_display_name(probe.get(), i)) found.display_name = name;
    if (is_of(found.id, request, user)) return found;
  }
  return std::nullopt;
}

// The key that the new one would replace, which must not be ambiguous.
Result<std::optional<KeyUser>> find_occupant(ResidentEnroll& enrolling, const EnrollRequest& request,
                                             const UserId& user) {
  HALLIGAN_TRY(auto users, enrolling.users(request.counted));
  std::erase_if(users, [&](const KeyUser& each) { return !is_of(each.id, request, user); });
  if (users.empty()) return std::nullopt;
  if (users.size() == 1) return std::move(users.front());
  return fail(Code::kBadInput,
              "the token already holds " + std::to_string(users.size()) + " resident keys of this user for " +
                  printable(request.application),
              "choose another user, or delete a key with: halligan token keys delete");
}

Result<> make_resident(CtapClient& client, const Context& context, const EnrollRequest& request,
                       const UserId& user, fido_cred_t* cred) {
  HALLIGAN_TRY(ResidentEnroll enrolling, ResidentEnroll::begin(client, context, request.application));
  std::optional<KeyUser> occupant;
  // The token itself replaces a key of the same user ID.
  if (!request.overwrite || request.keep_undiscoverable) {
    HALLIGAN_TRY(occupant, find_occupant(enrolling, request, user));
  }
  if (occupant && !request.overwrite) HALLIGAN_CHECK(check_occupant(client.device(), request, *occupant));
  const ByteView id = occupant ? ByteView(occupant->id) : ByteView(user);
  return enrolling.make(cred, id, name_of(request), display_name_of(request), protection_of(request));
}

// The attestation proves that this token holds the key; what the token says of it is checked without one,
// too.
/// @param verified a PIN or a finger was part of it
Result<> verify(const fido_cred_t* cred, const EnrollRequest& request, const Device& device, bool verified) {
  const std::string returned = "the token at " + device.name() + " returned ";
  const ByteView auth_data{fido_cred_authdata_ptr(cred), fido_cred_authdata_len(cred)};
  if (!ctap::is_for_application(auth_data, request.application)) {
    return fail(Code::kUnreachable, returned + "a key for another application", "do not trust this token");
  }
  const auto made = ctap::new_key(auth_data);
  const ByteView id{fido_cred_id_ptr(cred), fido_cred_id_len(cred)};
  const char* wrong =
      !made || !same(made->id, id)                     ? "authenticator data of another key"
      : (made->flags & kUserPresent) == 0              ? "a key that was made without a touch"
      : verified && (made->flags & kUserVerified) == 0 ? "a key that was made without user verification"
      : made->protection < protection_of(request) ? "a key that it does not protect as asked (credProtect)"
                                                  : nullptr;
  if (wrong != nullptr) return fail(Code::kUnreachable, returned + wrong, "do not trust this token");
  int status = FIDO_OK;
  if (fido_cred_x5c_ptr(cred) != nullptr) {
    status = fido_cred_verify(cred);
  } else if (fido_cred_sig_ptr(cred) != nullptr) {
    status = fido_cred_verify_self(cred);
  }
  if (status == FIDO_OK) return {};
  return fail(Code::kUnreachable, returned + "an attestation that does not verify: " + status_words(status),
              "do not trust this token");
}

}  // namespace

std::string describe(const Occupant& occupant) {
  std::string text = "the token at " + occupant.token + " already holds a resident key for " +
                     printable(occupant.application) + ": " +
                     (occupant.user.empty() ? std::string("no user") : "user " + printable(occupant.user));
  if (!occupant.display_name.empty()) text += ", \"" + printable(occupant.display_name) + '"';
  if (!occupant.fingerprint.empty()) text += ", " + occupant.fingerprint;
  return text;
}

Result<Enrolled> enroll(const Context& context, const EnrollRequest& request) {
  HALLIGAN_CHECK(check_texts(request));
  HALLIGAN_TRY(UserId user, user_id(request.user));
  if (request.challenge_is_hash && request.challenge.size() != sizeof(ctap::Hash)) {
    return fail(Code::kBadInput, "the challenge has " + std::to_string(request.challenge.size()) + " bytes",
                "this OpenSSH passes it to the token as it is: it must have 32");
  }
  HALLIGAN_TRY(Device device, open_token(context, [&](const Device& each) {
                 return check_possible(each, context, request);
               }));
  HALLIGAN_CHECK(check_possible(device, context, request));
  const bool lists = device.has_pin() || device.has_user_verification();
  // Nobody can tell what is on it, so the new key gets an ID that nothing else has.
  if (request.resident && !lists && (request.keep_undiscoverable || !request.overwrite)) {
    HALLIGAN_TRY(user,
                 unique_user_id(request.user).in("a token without a PIN does not list its resident keys"));
  }
  HALLIGAN_TRY(const Cred cred, prepare(device, context, request, user));
  CtapClient client(device);
  if (request.resident && CtapClient::can_verify(device, context)) {
    HALLIGAN_CHECK(make_resident(client, context, request, user, cred.get()));
  } else {
    if (request.resident && !request.overwrite && context.pin == nullptr && device.has_user_verification()) {
      HALLIGAN_TRY(const auto found, find_by_gesture(device, request, user));
      if (found) HALLIGAN_CHECK(check_occupant(device, request, *found));
    }
    const char* pin = pin_for(device, context);
    const int status = fido_dev_make_cred(device.get(), cred.get(), pin);
    if (status != FIDO_OK) return fail(device.failure(status, "make a key", device.pin_tries_after(status)));
  }
  const bool verified = request.resident && CtapClient::can_verify(device, context);
  HALLIGAN_CHECK(verify(cred.get(), request, device, verified || context.pin != nullptr));
  debug("made a key on the token at " + device.name());
  Enrolled result;
  HALLIGAN_TRY(result.public_key, public_key_of(cred.get(), request.algorithm));
  result.key_handle = blob(fido_cred_id_ptr(cred.get()), fido_cred_id_len(cred.get()));
  result.attestation_signature = blob(fido_cred_sig_ptr(cred.get()), fido_cred_sig_len(cred.get()));
  result.attestation_certificate = blob(fido_cred_x5c_ptr(cred.get()), fido_cred_x5c_len(cred.get()));
  result.auth_data = blob(fido_cred_authdata_ptr(cred.get()), fido_cred_authdata_len(cred.get()));
  result.counter = fido_cred_sigcount(cred.get());
  result.verify = request.verify || device.always_wants_pin();
  result.discoverable = request.resident && lists;
  result.token = device.name();
  return result;
}

}  // namespace halligan::fido
