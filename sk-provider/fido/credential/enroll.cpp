#include <fido.h>
#include <algorithm>
#include <array>
#include <ctime>
#include <new>
#include <utility>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "fido/credential/proven_enroll.hpp"
#include "fido/credential/resident.hpp"
#include "fido/credential/user_id.hpp"
#include "fido/discovery/select.hpp"
#include "fido/fingerprint.hpp"
#include "fido/hash.hpp"
#include "fido/hint.hpp"
#include "fido/key_material.hpp"
#include "fido/request.hpp"
#include "fido/u2f.hpp"

namespace halligan::fido {
namespace {

using Cred = HandleByAddress<fido_cred_t, fido_cred_free>;

constexpr const char* kUserName = "openssh";

// CTAP 2.0, 5.1: every new key needs verification on a token that has any set up.
bool before_ctap21(const Device& device) {
  return device.is_ctap2() && !fido_dev_supports_permissions(device.get());
}

// What can be known from getInfo alone is decided before anything is asked of the token, or of the person.
Result<> check_possible(const Device& device, const Context& context, const EnrollRequest& request) {
  const std::string token = "the token at " + device.name();
  const bool protect = request.resident || request.verify;
  if (!device.is_ctap2()) return check_u2f(device, request);
  if (protect && !device.has_cred_protect()) {
    return fail(Code::kUnsupported, token + " cannot protect a key by its PIN (no credProtect extension)",
                "make a key that is neither resident nor verify-required, or use another token");
  }
  if (context.pin != nullptr || device.has_user_verification()) return {};
  if (request.verify && !device.has_pin()) {
    return fail(Code::kUnsupported, "verify-required needs a PIN, and none is set on " + token,
                set_pin_hint(device.path()));
  }
  // CTAP 2.0, 5.1 and CTAP 2.1, 6.1.2 step 11: with a PIN set, a resident key always needs it, and before
  // CTAP 2.1 every key did; later ones need it unless they say otherwise. Saying so now saves a request that
  // would only be refused.
  const bool plain_needs_pin = before_ctap21(device) || !device.info().option("makeCredUvNotRqd");
  if (device.has_pin() && (request.resident || plain_needs_pin || device.always_wants_pin())) {
    return fail(Code::kPinRequired, token + " wants its PIN for this key");
  }
  return {};
}

std::string name_of(const EnrollRequest& request) { return request.user.empty() ? kUserName : request.user; }

// Unless it has a name of its own, a key is called by when it was made: for the day when it is in the way of
// another.
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
  if (!ready) return fail(Code::kBadInput, "libfido2 refused the application, user or challenge");
  return cred;
}

// The resident key that would be replaced. Credential management has its names, where the assertion
// that found it had none (CTAP 2.0 shows them only where there are several), and its public key; with a PIN
// it can be asked without another gesture, and it is asked only when there is something to refuse.
Occupant occupant_of(CtapClient& client, const Context& context, const EnrollRequest& request,
                     const KeyUser& found) {
  Occupant occupant{
      client.device().name(), request.application, request.user, found.id, found.display_name, {}};
  if (context.pin != nullptr) {
    const auto keys = resident_keys_on(client, context, request.application);
    if (!keys) debug(keys.error().message);
    for (const ResidentKey& key : keys.value_or(std::vector<ResidentKey>())) {
      if (!same(key.user_id, found.id)) continue;
      if (!key.display_name.empty()) occupant.display_name = key.display_name;
      occupant.fingerprint = fingerprint(key.algorithm, key.public_key, key.application);
    }
  }
  return occupant;
}

// May the key that was found be replaced?
Result<> check_occupant(CtapClient& client, const Context& context, const EnrollRequest& request,
                        const KeyUser& found) {
  const Occupant occupant = occupant_of(client, context, request, found);
  if (request.may_replace && request.may_replace(occupant)) return {};
  return fail(Code::kExists, describe(occupant),
              "give the new key another application or user, or agree to overwrite the old one");
}

bool is_of(ByteView id, const EnrollRequest& request, const UserId& user) {
  return same(id, user) || (request.unseen_stays && user_text(id) == request.user);
}

// A fingerprint token of before CTAP 2.1 has no proof to share: it shows its keys for a gesture, and makes
// one for another.
Result<std::optional<KeyUser>> find_by_gesture(Device& device, const EnrollRequest& request,
                                               const UserId& user) {
  const HandleByAddress<fido_assert_t, fido_assert_free> probe(fido_assert_new());
  if (probe == nullptr) throw std::bad_alloc();
  const bool ready = fido_assert_set_clientdata(probe.get(), request.challenge.data(),
                                                request.challenge.size()) == FIDO_OK &&
                     fido_assert_set_rp(probe.get(), request.application.c_str()) == FIDO_OK &&
                     fido_assert_set_up(probe.get(), FIDO_OPT_FALSE) == FIDO_OK &&
                     fido_assert_set_uv(probe.get(), FIDO_OPT_TRUE) == FIDO_OK;
  if (!ready) return fail(Code::kBadInput, "libfido2 refused the application or challenge");
  const int status = fido_dev_get_assert(device.get(), probe.get(), nullptr);
  if (status == FIDO_ERR_NO_CREDENTIALS) return std::nullopt;
  if (status != FIDO_OK) return fail(device.failure(status, "look for a resident key of that name"));
  for (std::size_t i = 0; i < fido_assert_count(probe.get()); ++i) {
    KeyUser found{blob(fido_assert_user_id_ptr(probe.get(), i), fido_assert_user_id_len(probe.get(), i)), {}};
    if (const char* name = fido_assert_user_display_name(probe.get(), i)) found.display_name = name;
    if (is_of(found.id, request, user)) return found;
  }
  return std::nullopt;
}

// The key in whose place the new one would be put. Of several it is not for us to choose.
Result<std::optional<KeyUser>> find_occupant(ProvenEnroll& proven, const EnrollRequest& request,
                                             const UserId& user) {
  HALLIGAN_TRY(auto users, proven.users());
  std::erase_if(users, [&](const KeyUser& each) { return !is_of(each.id, request, user); });
  if (users.empty()) return std::nullopt;
  if (users.size() == 1) return std::move(users.front());
  return fail(Code::kBadInput,
              "the token holds " + std::to_string(users.size()) + " resident keys for " +
                  printable(request.application) + " of this user already",
              "give the new key another user, or delete what is not needed: halligan token keys delete");
}

// Without a PIN or built-in verification a token shows none of its resident keys, so that there is nothing to
// look for.
Result<> make_proven(CtapClient& client, const Context& context, const EnrollRequest& request,
                     const UserId& user, fido_cred_t* cred) {
  HALLIGAN_TRY(ProvenEnroll proven, ProvenEnroll::begin(client, context, request.application));
  std::optional<KeyUser> occupant;
  // An id that is not unique is replaced by itself.
  if (!request.overwrite || request.unseen_stays) {
    HALLIGAN_TRY(occupant, find_occupant(proven, request, user));
  }
  if (occupant && !request.overwrite) {
    HALLIGAN_CHECK(check_occupant(client, context, request, *occupant));
    // Asking for its names with the PIN has ended the proof.
    EnrollRequest agreed = request;
    agreed.overwrite = true;
    if (context.pin != nullptr) return make_proven(client, context, agreed, user, cred);
  }
  const ByteView id = occupant ? ByteView(occupant->id) : ByteView(user);
  return proven.make(cred, id, name_of(request), display_name_of(request), protection_of(request));
}

// The attestation proves that this token holds the key; without one ("none") only the application can be
// checked.
Result<> verify(const fido_cred_t* cred, const EnrollRequest& request, const Device& device) {
  const std::string answered = "the token at " + device.name() + " answered ";
  const ByteView auth_data{fido_cred_authdata_ptr(cred), fido_cred_authdata_len(cred)};
  if (!is_for_application(auth_data, request.application)) {
    return fail(Code::kUnreachable, answered + "for another application", "do not trust this token");
  }
  int status = FIDO_OK;
  if (fido_cred_x5c_ptr(cred) != nullptr) {
    status = fido_cred_verify(cred);
  } else if (fido_cred_sig_ptr(cred) != nullptr) {
    status = fido_cred_verify_self(cred);
  }
  if (status == FIDO_OK) return {};
  return fail(Code::kUnreachable,
              answered + "with an attestation that does not verify: " + fido_strerr(status),
              "do not trust this token");
}

}  // namespace

std::string describe(const Occupant& occupant) {
  std::string text =
      "the token at " + occupant.token + " holds a resident key for " + printable(occupant.application) +
      " already: " + (occupant.user.empty() ? std::string("no user") : "user " + printable(occupant.user));
  if (!occupant.display_name.empty()) text += ", \"" + printable(occupant.display_name) + '"';
  if (!occupant.fingerprint.empty()) text += ", " + occupant.fingerprint;
  return text;
}

Result<Enrolled> enroll(const Context& context, const EnrollRequest& request) {
  HALLIGAN_TRY(UserId user, user_id(request.user));
  if (request.challenge_is_hash && request.challenge.size() != sizeof(Hash)) {
    return fail(Code::kBadInput, "the challenge has " + std::to_string(request.challenge.size()) + " bytes",
                "this OpenSSH gives it to the token as it is: it must have 32");
  }
  HALLIGAN_TRY(Device device, open_token(context, [&](const Device& each) {
                 return check_possible(each, context, request);
               }));
  HALLIGAN_CHECK(check_possible(device, context, request));
  const bool shows = device.has_pin() || device.has_user_verification();
  if (request.resident && request.unseen_stays && !shows) {
    HALLIGAN_TRY(user, unique_user_id(request.user));
  }
  HALLIGAN_TRY(const Cred cred, prepare(device, context, request, user));
  CtapClient client(device);
  if (request.resident && CtapClient::can_prove(device, context)) {
    HALLIGAN_CHECK(make_proven(client, context, request, user, cred.get()));
  } else {
    if (request.resident && !request.overwrite && context.pin == nullptr && device.has_user_verification()) {
      HALLIGAN_TRY(const auto found, find_by_gesture(device, request, user));
      if (found) HALLIGAN_CHECK(check_occupant(client, context, request, *found));
    }
    const char* pin = pin_for(device, context);
    const int status = fido_dev_make_cred(device.get(), cred.get(), pin);
    if (status != FIDO_OK) return fail(device.failure(status, "make a key"));
  }
  HALLIGAN_CHECK(verify(cred.get(), request, device));
  debug("made a key on the token at " + device.name());
  Enrolled result;
  HALLIGAN_TRY(result.public_key, public_key_of(cred.get(), request.algorithm));
  result.key_handle = blob(fido_cred_id_ptr(cred.get()), fido_cred_id_len(cred.get()));
  result.attestation_signature = blob(fido_cred_sig_ptr(cred.get()), fido_cred_sig_len(cred.get()));
  result.attestation_certificate = blob(fido_cred_x5c_ptr(cred.get()), fido_cred_x5c_len(cred.get()));
  result.auth_data = blob(fido_cred_authdata_ptr(cred.get()), fido_cred_authdata_len(cred.get()));
  result.counter = fido_cred_sigcount(cred.get());
  result.verify = request.verify || device.always_wants_pin();
  result.shown_again = request.resident && shows;
  result.token = device.name();
  return result;
}

}  // namespace halligan::fido
