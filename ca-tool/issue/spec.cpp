#include "issue/spec.hpp"

#include "base/codec.hpp"
#include "crypto/random.hpp"
#include "io/clock.hpp"

namespace halligan::issue {
namespace {

ssh::CertificateBody body_of(const CertificateSpec& spec, const ssh::PublicKey& subject,
                             const ssh::PublicKey& ca, std::uint64_t serial, Bytes nonce) {
  return {.subject = subject,
          .ca = ca,
          .nonce = std::move(nonce),
          .serial = serial,
          .type = spec.type,
          .key_id = spec.key_id,
          .principals = spec.principals,
          .valid_after = spec.validity.after,
          .valid_before = spec.validity.before,
          .critical = spec.options.critical,
          .extensions = spec.options.extensions};
}

// No rule looks at the CA, the serial or the nonce, which are not known yet.
ssh::CertificateBody probe_of(const CertificateSpec& spec, const ssh::PublicKey& subject) {
  return body_of(spec, subject, subject, 1, Bytes(ssh::kNonceSize));
}

// They stand in the logs of hosts, where nothing escapes them.
Result<> check_visible(std::string_view what, std::string_view text) {
  if (is_utf8(as_bytes(text)) && !plays_tricks(text)) return {};
  return fail(Code::kBadInput,
              std::string(what) + " \"" + printable(text) + "\" has invisible characters, or is not UTF-8");
}

}  // namespace

Result<CertificateSpec> make_spec(const SpecOptions& options, ssh::CertificateType type) {
  CertificateSpec spec{.type = type,
                       .key_id = options.key_id,
                       .principals = options.principals,
                       .validity = {},
                       .options = {},
                       .serial = options.serial};
  const std::string validity = options.validity.empty() ? kDefaultValidity : options.validity;
  HALLIGAN_TRY(spec.validity, ssh::parse_validity(validity, io::unix_seconds()).in("-V"));
  HALLIGAN_TRY(spec.options, ssh::parse_options(type, options.certificate_options).in("-O"));
  return spec;
}

Result<> check_principals(const SpecOptions& options) {
  if (!options.principals.empty()) return {};
  return fail(Code::kUsage, "missing option --principals",
              "name the accounts with -n, or set Principals for the CA in halligan(5)");
}

Result<> check_spec(const CertificateSpec& spec, const ssh::PublicKey& subject) {
  if (spec.validity.unbounded()) {
    return fail(Code::kBadInput, "unbounded certificates are not allowed", "give an interval: -V -5m:+60m");
  }
  if (spec.serial == 0) {
    return fail(Code::kBadInput, "serial 0 cannot be revoked: revocation lists never match it",
                "omit --serial, or give another number");
  }
  HALLIGAN_CHECK(ssh::validate(probe_of(spec, subject)));
  HALLIGAN_CHECK(check_visible("key ID", spec.key_id));
  for (const std::string& name : spec.principals) HALLIGAN_CHECK(check_visible("principal", name));
  return {};
}

Result<> check_spec(const CertificateSpec& spec, const ssh::PublicKey& subject, const ca::Policy& policy) {
  return ca::check_policy(policy, probe_of(spec, subject), io::unix_seconds());
}

Result<> check_subject(const ssh::PublicKey& subject, const ssh::PublicKey& ca) {
  if (subject == ca) return fail(Code::kBadInput, "the key to be certified is the CA's own");
  return {};
}

Result<ssh::CertificateBody> make_body(const CertificateSpec& spec, const ssh::PublicKey& subject,
                                       const ssh::PublicKey& ca, std::uint64_t serial) {
  HALLIGAN_TRY(Bytes nonce, crypto::random_bytes(ssh::kNonceSize));
  return body_of(spec, subject, ca, serial, std::move(nonce));
}

}  // namespace halligan::issue
