#include "ca/authority.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "crypto/attester.hpp"
#include "crypto/random.hpp"
#include "fido/credential/credential_management.hpp"
#include "fido/credential/user_id.hpp"
#include "fido/discovery/token_paths.hpp"
#include "io/clock.hpp"
#include "ssh/attestation.hpp"

namespace halligan::ca {
namespace {

constexpr std::string_view kApplicationPrefix = "ssh:";
constexpr std::size_t kChallengeSize = 32;
constexpr std::uint8_t kResident = 0x20;  // in a handle file: the key is on the token (sk-api flag)

ssh::KeyType key_type(fido::Algorithm algorithm) {
  return algorithm == fido::Algorithm::kEcdsa ? ssh::KeyType::kSkEcdsa : ssh::KeyType::kSkEd25519;
}

fido::Algorithm algorithm_of(ssh::KeyType type) {
  return type == ssh::KeyType::kSkEcdsa ? fido::Algorithm::kEcdsa : fido::Algorithm::kEd25519;
}

Result<ssh::SkHandle> make_handle(ssh::KeyType type, ByteView public_key, const std::string& application,
                                  Bytes key_handle, bool verify, std::uint8_t flags = kResident) {
  HALLIGAN_TRY(auto key, ssh::PublicKey::make(type, public_key, application));
  ssh::SkHandle handle{.key = std::move(key)};
  handle.flags = fido::kUserPresent | flags;
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
  // The application is there anyway, and beside a hash there is little room.
  HALLIGAN_TRY(std::string label,
               format_key_label({request.bound_policy ? request.comment : comment, request.bound_policy}));

  fido::EnrollRequest enroll;
  enroll.algorithm = algorithm_of(request.type);
  enroll.application = request.application;
  enroll.user = request.user;
  enroll.display_name = std::move(label);
  enroll.challenge = challenge;
  enroll.resident = true;
  enroll.verify = request.verify;
  enroll.may_replace = request.may_replace;
  enroll.keep_undiscoverable = true;
  enroll.counted = [](std::uint32_t counter) {
    say("looking for a CA on this token took a signature, which it counted: " + std::to_string(counter),
        "if another CA is on it, account for that: halligan ledger verify --known " +
            std::to_string(counter));
  };
  HALLIGAN_TRY(auto made,
               session.run([&](const fido::Context& context) { return fido::enroll(context, enroll); }));

  HALLIGAN_TRY(auto handle, make_handle(request.type, made.public_key, request.application,
                                        std::move(made.key_handle), request.verify));
  if (request.bound_policy && made.discoverable) {
    HALLIGAN_TRY(const auto kept, binding_on_token(session, handle));
    if (!kept) {
      say("cannot check that the token at " + made.token + " kept the policy's hash whole",
          "check it alone: halligan token keys list");
    }
    if (kept && kept->policy != request.bound_policy) {
      return fail(Code::kUnsupported, "the token at " + made.token + " did not keep the policy's hash whole",
                  "the key is on it, bound to nothing: destroy it with halligan ca init --force");
    }
  }
  Bytes attestation;
  if (!made.attestation_signature.empty()) {
    attestation =
        ssh::write_attestation({made.attestation_certificate, made.attestation_signature, made.auth_data});
  }
  AttestedBy by = made.attestation_signature.empty()     ? AttestedBy::kNobody
                  : made.attestation_certificate.empty() ? AttestedBy::kKey
                                                         : AttestedBy::kCertificate;
  std::string attester;
  if (by == AttestedBy::kCertificate) {
    HALLIGAN_TRY(auto read, crypto::read_attester(made.attestation_certificate));
    if (read.self_signed) by = AttestedBy::kSelfSigned;
    attester = std::move(read.issuer);
  }
  return Authority{.handle = std::move(handle),
                   .comment = comment,
                   .token = made.token,
                   .discoverable = made.discoverable,
                   .created = io::unix_seconds(),
                   .counter = made.counter,
                   .challenge = std::move(challenge),
                   .attestation = std::move(attestation),
                   .attested_by = by,
                   .attester = std::move(attester),
                   .bound_policy = request.bound_policy};
}

std::string attestation_words(const Authority& authority) {
  switch (authority.attested_by) {
    case AttestedBy::kNobody:
      return "none: nothing shows what made this key";
    case AttestedBy::kKey:
      return "by the key itself: nothing shows what made it";
    case AttestedBy::kSelfSigned:
      return "by a certificate that anybody can make";
    case AttestedBy::kCertificate:
      return "by a certificate of " + printable(authority.attester) + ", not compared with its maker's";
    case AttestedBy::kUnknown:
      break;
  }
  return {};
}

Result<ssh::SkHandle> create_token_key(TokenSession& session, ssh::KeyType type) {
  HALLIGAN_TRY(const Bytes challenge, crypto::random_bytes(kChallengeSize));
  fido::EnrollRequest enroll;
  enroll.algorithm = algorithm_of(type);
  enroll.application = kApplicationPrefix;
  enroll.challenge = challenge;
  HALLIGAN_TRY(auto made,
               session.run([&](const fido::Context& context) { return fido::enroll(context, enroll); }));
  return make_handle(type, made.public_key, enroll.application, std::move(made.key_handle), made.verify, 0);
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
  const KeyLabel label = parse_key_label(key.display_name);
  return Authority{.handle = std::move(handle),
                   .comment = label.comment.empty() ? application : printable(label.comment),
                   .token = key.token,
                   .bound_policy = label.policy};
}

Result<std::optional<Binding>> binding_on_token(TokenSession& session, const ssh::SkHandle& handle) {
  auto keys = session.run([&](const fido::Context& context) -> Result<std::vector<fido::ResidentKey>> {
    // Choosing one of several by a touch would be a second touch.
    HALLIGAN_TRY(const auto tokens, fido::find_tokens(context.settings, context.device));
    if (tokens.size() > 1) return fail(Code::kUnsupported, "there are several tokens");
    HALLIGAN_TRY(fido::Device device, fido::Device::open(tokens.front(), context.settings, context.presence));
    // A fingerprint would be a second gesture, too.
    if (context.pin == nullptr && device.has_user_verification())
      return fail(Code::kUnsupported, "listing takes a gesture");
    fido::CtapClient client(device);
    return fido::resident_keys_on(client, context, handle.key.application());
  });
  // No token yet: signing waits for one.
  if (!keys && keys.error().code == Code::kNotFound) return std::optional<Binding>();
  if (!keys && keys.error().code == Code::kUnsupported) return std::optional<Binding>();
  if (!keys) return fail(std::move(keys).error());
  for (const fido::ResidentKey& each : *keys) {
    if (each.key_handle == handle.key_handle)
      return Binding{BindingSource::kToken, parse_key_label(each.display_name).policy};
  }
  return std::optional<Binding>();
}

}  // namespace halligan::ca
