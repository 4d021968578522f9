// The four functions that OpenSSH calls, each in a new process, possibly on a new thread.
#include "abi/boundary.hpp"
#include "abi/helper_notice.hpp"
#include "abi/options.hpp"
#include "abi/pack.hpp"
#include "abi/sk_api.h"
#include "base/codec.hpp"
#include "base/log.hpp"
#include "fido/pin_rules.hpp"
#include "fido/presence/interruption.hpp"
#include "fido/request.hpp"
#include "pin_holder/client.hpp"

namespace {

using namespace halligan;  // NOLINT(google-build-using-namespace): this file is where C meets all of it

// The resident keys of SSH.
constexpr std::string_view kApplicationPrefix = "ssh:";

// The differences between the versions of the interface.
constexpr bool kMessageIsHash = HALLIGAN_SK_API_MAJOR == 4;
// OpenSSH 8.2 to 8.4 passed the challenge to the token as it is; 8.5 and later hash it. Nothing
// distinguishes 8.4 from the others of its version, so it is treated like them.
constexpr bool kChallengeIsHash = HALLIGAN_SK_API_MAJOR <= 5;
constexpr bool kCanOverwrite = HALLIGAN_SK_API_MAJOR >= 10;
constexpr bool kKeepsVerification = HALLIGAN_SK_API_MAJOR >= 7;

Result<fido::Algorithm> algorithm_of(std::uint32_t alg) {
  if (alg == HALLIGAN_SK_ECDSA) return fido::Algorithm::kEcdsa;
  if (alg == HALLIGAN_SK_ED25519) return fido::Algorithm::kEd25519;
  return fail(Code::kUnsupported, "unknown key type " + std::to_string(alg), "use ecdsa-sk or ed25519-sk");
}

// Before OpenSSH 9.1, ssh-keygen does not ask whether to overwrite.
Error cannot_ask(Error exists) {
  return {Code::kBadInput, std::move(exists.message),
          "choose another application or user, or delete the old key with: halligan token keys delete"};
}

void warn_it_cannot_sign(const fido::ResidentKey& key) {
  say("the resident key for " + printable(key.application) +
          " requires user verification, which this OpenSSH does not support",
      "use it with OpenSSH 8.4 or later");
}

// Settings, options, notices and PIN of one call; the PIN is wiped with it.
struct Call {
  fido::Context context;
  abi::Options options;
  std::optional<abi::HelperNotice> notice;
  Pin pin;
  bool has_pin = false;
  bool will_be_asked = true;  // OpenSSH's program asks for the PIN when one is required

  Result<> begin(const std::string& purpose, const char* given_pin, sk_option* const* given_options) {
    HALLIGAN_TRY(options, abi::parse_options(given_options));
    HALLIGAN_TRY(context.settings, fido::load_settings());
    notice.emplace(purpose, context.settings.notify);
    context.presence = &*notice;
    context.device = options.device;
    has_pin = given_pin != nullptr && *given_pin != '\0';
    if (!has_pin) return {};
    HALLIGAN_TRY(pin, fido::possible_pin(as_bytes(given_pin)));
    context.pin = &pin;
    return {};
  }
};

// A signal during a token request ends the process here, after the request was cancelled on the token,
// without a message: the person knows.
template <typename Work>
int run(std::string_view function, std::string_view doing, const char* application, const char* pin,
        sk_option* const* options, Work work) noexcept {
  const int result = abi::guarded([&] {
    const fido::Interruption interruption;
    Call call;
    auto done = call.begin(std::string(doing) + application, pin, options);
    if (done) done = work(call);
    if (done) return 0;
    if (fido::Interruption::caught() != 0) return HALLIGAN_SK_ERR_GENERAL;
    return abi::report(function, done.error(), !call.has_pin && call.will_be_asked);
  });
  fido::Interruption::die_if_caught();
  return result;
}

}  // namespace

uint32_t sk_api_version(void) { return HALLIGAN_SK_API_VERSION; }

int sk_enroll(uint32_t alg, const uint8_t* challenge, size_t challenge_len, const char* application,
              uint8_t flags, const char* pin, sk_option** options, sk_enroll_response** enroll_response) {
  if (enroll_response == nullptr || application == nullptr) return HALLIGAN_SK_ERR_GENERAL;
  *enroll_response = nullptr;
  const bool resident = (flags & HALLIGAN_SK_RESIDENT_KEY) != 0;
  const std::string_view doing = resident ? "to make the resident key " : "to make a key for ";
  return run("sk_enroll", doing, application, pin, options, [&](Call& call) -> Result<> {
    fido::EnrollRequest request;
    HALLIGAN_TRY(request.algorithm, algorithm_of(alg));
    request.application = application;
    request.user = call.options.user;
    request.challenge = {challenge, challenge_len};
    request.challenge_is_hash = kChallengeIsHash;
    request.touch = (flags & HALLIGAN_SK_USER_PRESENCE) != 0;
    request.resident = resident;
    request.verify = (flags & HALLIGAN_SK_USER_VERIFICATION) != 0;
    request.overwrite = kCanOverwrite && (flags & HALLIGAN_SK_FORCE_OPERATION) != 0;
    auto key = fido::enroll(call.context, request);
    if (!key && key.error().code == Code::kExists && !kCanOverwrite)
      return fail(cannot_ask(std::move(key).error()));
    if (!key) return fail(std::move(key).error());
    // OpenSSH writes these flags to the key file. "Overwrite" is only for this call; verification that the
    // token always requires belongs there: ssh-keygen asks for a PIN only if the file says so.
    flags &= static_cast<uint8_t>(~HALLIGAN_SK_FORCE_OPERATION);
    if (key->verify) flags |= HALLIGAN_SK_USER_VERIFICATION;
    abi::pack(*key, flags, enroll_response);
    if (resident && !key->discoverable) {
      say("no PIN is set on the token at " + key->token + ", so this resident key cannot be loaded from it",
          "keep its file, or set a PIN: halligan token pin set");
    }
    return {};
  });
}

int sk_sign(uint32_t alg, const uint8_t* data, size_t data_len, const char* application,
            const uint8_t* key_handle, size_t key_handle_len, uint8_t flags, const char* pin,
            sk_option** options, sk_sign_response** sign_response) {
  if (sign_response == nullptr || application == nullptr) return HALLIGAN_SK_ERR_GENERAL;
  *sign_response = nullptr;
  return run("sk_sign", "to sign for ", application, pin, options, [&](Call& call) -> Result<> {
    fido::SignRequest request;
    HALLIGAN_TRY(request.algorithm, algorithm_of(alg));
    request.message = {data, data_len};
    request.message_is_hash = kMessageIsHash;
    request.application = application;
    request.key_handle = {key_handle, key_handle_len};
    request.touch = (flags & HALLIGAN_SK_USER_PRESENCE) != 0;
    request.verify = (flags & HALLIGAN_SK_USER_VERIFICATION) != 0;
    call.will_be_asked = request.verify;  // ssh-keygen does not ask for other keys
    if (request.verify && !call.has_pin) {
      if (const auto assertion = pin_holder::sign(call.context, request)) {
        abi::pack(*assertion, sign_response);
        return {};
      }
    }
    HALLIGAN_TRY(const auto assertion, fido::sign(call.context, request).assertion);
    abi::pack(assertion, sign_response);
    return {};
  });
}

int sk_load_resident_keys(const char* pin, sk_option** options, sk_resident_key*** resident_keys,
                          size_t* nresident_keys) {
  if (resident_keys == nullptr || nresident_keys == nullptr) return HALLIGAN_SK_ERR_GENERAL;
  *resident_keys = nullptr;
  *nresident_keys = 0;
  const char* prefix = kApplicationPrefix.data();
  return run("sk_load_resident_keys", "to load its keys for ", prefix, pin, options,
             [&](Call& call) -> Result<> {
               HALLIGAN_TRY(const auto keys, fido::list_resident(call.context, kApplicationPrefix));
               for (const fido::ResidentKey& key : keys) {
                 if (key.verify && !kKeepsVerification) warn_it_cannot_sign(key);
               }
               abi::pack(keys, resident_keys, nresident_keys);
               return {};
             });
}
