#include "attest/statement.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "crypto/verify.hpp"
#include "crypto/x509.hpp"
#include "ctap/auth_data.hpp"
#include "ctap/ecdsa_signature.hpp"
#include "ssh/signature.hpp"

namespace halligan::attest {
namespace {

constexpr std::size_t kHashSize = 32;

struct Parts {
  Bytes auth_data;
  ctap::NewKey made;
  ctap::CredentialKey key;
  crypto::Sha256 client_hash;
};

Result<Parts> take_apart(const ssh::Attestation& kept, const Noted& noted) {
  auto data = ctap::auth_data_in(kept.auth_data);
  auto made = ctap::new_key(kept.auth_data);
  auto key = made ? ctap::credential_key(made->public_key) : std::nullopt;
  if (!data || !key) return fail(Code::kBadInput, "attestation: not the authenticator data of a new key");
  return Parts{*std::move(data), *std::move(made), *std::move(key), crypto::sha256(noted.challenge)};
}

// A signature as COSE has it: Ecdsa-Sig-Value in DER, or the bytes.
Result<ssh::Signature> signature_by(const ssh::PublicKey& key, ByteView signature) {
  switch (key.type()) {
    case ssh::KeyType::kEcdsa256: {
      HALLIGAN_TRY(auto numbers, ctap::parse_ecdsa_signature(signature));
      return ssh::Signature{.algorithm = ssh::SignatureAlgorithm::kEcdsa256,
                            .r = std::move(numbers.r),
                            .s = std::move(numbers.s)};
    }
    case ssh::KeyType::kEd25519:
      return ssh::Signature{.algorithm = ssh::SignatureAlgorithm::kEd25519, .raw = to_bytes(signature)};
    case ssh::KeyType::kRsa:
      return ssh::Signature{.algorithm = ssh::SignatureAlgorithm::kRsaSha256, .raw = to_bytes(signature)};
    default:
      return fail(Code::kUnsupported, "an attestation by a key of the kind " + std::string(key.label()));
  }
}

Result<bool> verifies(const ssh::PublicKey& key, ByteView message, ByteView signature) {
  const auto parsed = signature_by(key, signature);
  if (!parsed && parsed.error().code == Code::kBadInput) return false;
  if (!parsed) return fail(parsed.error());
  const auto verified = crypto::verify(key, message, *parsed);
  if (verified) return true;
  if (verified.error().code == Code::kNo || verified.error().code == Code::kBadInput) return false;
  return fail(verified.error());
}

// @source WebAuthn 8.2: authenticator data, then the hash of the client data
Bytes packed_message(const Parts& parts) {
  Bytes message = parts.auth_data;
  append(message, parts.client_hash);
  return message;
}

// @source WebAuthn 8.6: 0, the application's hash, the hash of the client data, the credential ID, the point
Bytes u2f_message(const Parts& parts) {
  Bytes message{0};
  append(message, ByteView(parts.auth_data).first(kHashSize));
  append(message, parts.client_hash);
  append(message, parts.made.id);
  append(message, parts.key.point);
  return message;
}

Result<std::optional<Form>> form_of(const ssh::Attestation& kept, const Parts& parts) {
  if (kept.certificate.empty()) {
    HALLIGAN_TRY(const ssh::PublicKey own,
                 ssh::PublicKey::make(parts.key.ed25519 ? ssh::KeyType::kEd25519 : ssh::KeyType::kEcdsa256,
                                      parts.key.point));
    HALLIGAN_TRY(const bool self, verifies(own, packed_message(parts), kept.signature));
    return self ? std::optional(Form::kSelf) : std::nullopt;
  }
  HALLIGAN_TRY(const ssh::PublicKey key, crypto::certified_key(kept.certificate));
  HALLIGAN_TRY(const bool packed, verifies(key, packed_message(parts), kept.signature));
  if (packed) return Form::kPacked;
  HALLIGAN_TRY(const bool u2f, verifies(key, u2f_message(parts), kept.signature));
  return u2f && !parts.key.ed25519 && key.type() == ssh::KeyType::kEcdsa256 ? std::optional(Form::kU2f)
                                                                            : std::nullopt;
}

void compare_key(const Parts& parts, const ssh::Attestation& kept, const Noted& noted, Findings& findings) {
  if (!ctap::is_for_application(kept.auth_data, noted.key.application()))
    findings.fault("other-application", "the attested key is not for " + printable(noted.key.application()));
  const auto own = ssh::PublicKey::make(parts.key.ed25519 ? ssh::KeyType::kSkEd25519 : ssh::KeyType::kSkEcdsa,
                                        parts.key.point, noted.key.application());
  if (!own || *own != noted.key) findings.fault("other-key", "another key is attested, not this CA's");
}

// What only the packed form signs.
void compare_data(const Parts& parts, const Statement& statement, const Noted& noted, Findings& findings) {
  if ((statement.flags & ssh::kUserPresent) == 0)
    findings.fault("no-touch", "the key was made without a touch");
  if (const auto counter = ctap::counter_of(parts.auth_data); noted.counter && counter != noted.counter)
    findings.fault("other-counter", "the token counted " + std::to_string(counter.value_or(0)) +
                                        " when it made the key, and ca.json says " +
                                        std::to_string(*noted.counter));
  if (!statement.attester) return;
  const crypto::Attester& attester = *statement.attester;
  if (!attester.breach.empty())
    findings.fault("certificate-rule", "the attestation certificate " + attester.breach);
  if (attester.aaguid && *attester.aaguid != statement.aaguid)
    findings.fault("other-model", "the attestation certificate is for tokens of another model");
}

}  // namespace

Result<Statement> check_statement(const ssh::Attestation& kept, const Noted& noted, Findings& findings) {
  HALLIGAN_TRY(const Parts parts, take_apart(kept, noted));
  compare_key(parts, kept, noted, findings);
  Statement statement;
  if (kept.signature.empty()) return statement;
  if (!kept.certificate.empty()) {
    HALLIGAN_TRY(statement.attester, crypto::read_attester(kept.certificate));
    statement.certificate = kept.certificate;
  }
  HALLIGAN_TRY(const auto form, form_of(kept, parts));
  statement.form = form.value_or(kept.certificate.empty() ? Form::kSelf : Form::kPacked);
  if (!form)
    findings.fault("bad-signature",
                   "the attestation does not verify: it was changed, or made for another challenge");
  if (statement.form != Form::kU2f) {
    statement.flags = parts.made.flags;
    statement.aaguid = parts.made.aaguid;
    compare_data(parts, statement, noted, findings);
  }
  return statement;
}

}  // namespace halligan::attest
