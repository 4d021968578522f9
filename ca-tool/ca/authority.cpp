#include "ca/authority.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "crypto/random.hpp"
#include "fido/credential/user_id.hpp"
#include "io/clock.hpp"

namespace halligan::ca {
namespace {

constexpr std::string_view kApplicationPrefix = "ssh:";
constexpr std::size_t kChallengeSize = 32;
constexpr std::uint8_t kResident = 0x20;  // in a handle file: the key is on the token (sk-api flag)

ssh::KeyType key_type(fido::Algorithm algorithm) {
  return algorithm == fido::Algorithm::kEcdsa ? ssh::KeyType::kSkEcdsa : ssh::KeyType::kSkEd25519;
}

Result<ssh::SkHandle> make_handle(ssh::KeyType type, ByteView public_key, const std::string& application,
                                  Bytes key_handle, bool verify) {
  HALLIGAN_TRY(auto key, ssh::PublicKey::make(type, public_key, application));
  ssh::SkHandle handle{.key = std::move(key)};
  handle.flags = fido::kUserPresent | kResident;
  if (verify) handle.flags |= fido::kUserVerified;
  handle.key_handle = std::move(key_handle);
  return handle;
}

bool is_of(const fido::ResidentKey& key, const std::string& user) {
  return fido::user_text(key.user_id) == user || hex(key.user_id) == user;
}

// As find_authority() accepts them: the text, or the whole id where several have one text.
std::string users_of(const std::vector<fido::ResidentKey>& keys) {
  std::string out;
  for (const auto& key : keys) {
    const std::string text = fido::user_text(key.user_id);
    const auto same = [&](const auto& other) { return fido::user_text(other.user_id) == text; };
    const bool own = std::count_if(keys.begin(), keys.end(), same) == 1;
    out += (out.empty() ? "\"" : ", \"") + (own ? printable(text) : hex(key.user_id)) + '"';
  }
  return out;
}

Result<> check_application(const std::string& application) {
  if (std::string_view(application).starts_with(kApplicationPrefix)) return {};
  return fail(Code::kUsage, "the application \"" + printable(application) + "\" does not begin with \"ssh:\"",
              "OpenSSH finds only such keys on a token: --application ssh:NAME");
}

}  // namespace

Result<Authority> create_authority(TokenSession& session, const NewAuthority& request) {
  HALLIGAN_CHECK(check_application(request.application));
  HALLIGAN_TRY(Bytes challenge, crypto::random_bytes(kChallengeSize));
  const std::string comment = request.comment.empty() ? request.application : request.comment;

  fido::EnrollRequest enroll;
  enroll.algorithm =
      request.type == ssh::KeyType::kSkEcdsa ? fido::Algorithm::kEcdsa : fido::Algorithm::kEd25519;
  enroll.application = request.application;
  enroll.user = request.user;
  enroll.display_name = comment;
  enroll.challenge = challenge;
  enroll.resident = true;
  enroll.verify = request.verify;
  enroll.may_replace = request.may_replace;
  enroll.keep_undiscoverable = true;
  HALLIGAN_TRY(auto made,
               session.run([&](const fido::Context& context) { return fido::enroll(context, enroll); }));

  HALLIGAN_TRY(auto handle, make_handle(request.type, made.public_key, request.application,
                                        std::move(made.key_handle), request.verify));
  Bytes attestation;
  if (!made.attestation_signature.empty()) {
    attestation =
        ssh::write_attestation(made.attestation_certificate, made.attestation_signature, made.auth_data);
  }
  return Authority{.handle = std::move(handle),
                   .comment = comment,
                   .token = made.token,
                   .discoverable = made.discoverable,
                   .created = io::unix_seconds(),
                   .counter = made.counter,
                   .challenge = std::move(challenge),
                   .attestation = std::move(attestation)};
}

Result<Authority> find_authority(TokenSession& session, const std::string& application,
                                 const std::optional<std::string>& user) {
  HALLIGAN_CHECK(check_application(application));
  HALLIGAN_TRY(auto keys, session.run([&](const fido::Context& context) {
    return fido::resident_keys_of(context, application);
  }));
  if (user) std::erase_if(keys, [&](const fido::ResidentKey& key) { return !is_of(key, *user); });
  if (keys.empty()) {
    return fail(Code::kNotFound,
                "the token holds no key for " + printable(application) +
                    (user ? " with user \"" + printable(*user) + '"' : ""),
                "insert the CA's token, or name its application with --application");
  }
  if (keys.size() > 1) {
    return fail(Code::kBadInput,
                "the token holds " + std::to_string(keys.size()) + " keys for " + printable(application) +
                    ", with users " + users_of(keys),
                "choose one with --user");
  }
  fido::ResidentKey& key = keys.front();
  HALLIGAN_TRY(auto handle, make_handle(key_type(*key.algorithm), key.public_key, application,
                                        std::move(key.key_handle), key.verify));
  return Authority{.handle = std::move(handle),
                   .comment = key.display_name.empty() ? application : printable(key.display_name),
                   .token = key.token};
}

}  // namespace halligan::ca
