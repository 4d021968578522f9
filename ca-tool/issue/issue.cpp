#include "issue/issue.hpp"

#include <atomic>

#include "crypto/random.hpp"
#include "crypto/verify.hpp"
#include "io/clock.hpp"
#include "io/parallel.hpp"

namespace halligan::issue {
namespace {

Result<ssh::Certificate> issue_one(ssh::CertificateBody body, ca::Signer& signer, const ca::Policy& policy,
                                   crypto::Verifier& verifier) {
  HALLIGAN_CHECK(check_subject(body.subject, signer));
  body.ca = signer.public_key();
  HALLIGAN_TRY(auto signature, signer.sign(ssh::to_be_signed(body)));
  ssh::Certificate certificate{std::move(body), std::move(signature)};
  auto verified = verifier.verify_certificate(certificate);
  if (!verified) {
    Error error = std::move(verified).error().in("the CA's signature");
    error.hint = "the key file and the token do not belong together, or the token is broken";
    return fail(std::move(error));
  }
  HALLIGAN_CHECK(ca::check_signature(policy, *verified));
  return certificate;
}

}  // namespace

Result<ssh::CertificateBody> prepare(const CertificateSpec& grant, const ssh::PublicKey& subject,
                                     const ca::Policy& policy) {
  if (grant.validity.unbounded()) {
    return fail(Code::kBadInput, "a certificate without an end, or a beginning, is not issued here",
                "give an interval: -V -5m:+60m");
  }
  if (grant.serial == 0) {
    return fail(Code::kBadInput, "serial 0 cannot be revoked: revocation lists never match it",
                "leave -z away, or give another number");
  }
  ssh::CertificateBody body{.subject = subject, .ca = subject};
  HALLIGAN_TRY(body.nonce, crypto::random_bytes(ssh::kNonceSize));
  body.serial = grant.serial.value_or(io::unix_milliseconds());
  body.type = grant.type;
  body.key_id = grant.key_id;
  body.principals = grant.principals;
  body.valid_after = grant.validity.after;
  body.valid_before = grant.validity.before;
  body.critical = grant.options.critical;
  body.extensions = grant.options.extensions;
  HALLIGAN_CHECK(ssh::validate(body));
  HALLIGAN_CHECK(ca::check_policy(policy, body, io::unix_seconds()));
  return body;
}

Result<> check_subject(const ssh::PublicKey& subject, const ca::Signer& signer) {
  if (subject == signer.public_key()) return fail(Code::kBadInput, "the key to be certified is the CA's own");
  return {};
}

Result<std::vector<ssh::Certificate>> issue_all(std::vector<ssh::CertificateBody> bodies, ca::Signer& signer,
                                                const ca::Policy& policy) {
  std::vector<crypto::Verifier> verifiers(signer.concurrent() ? io::worker_count() : 1);
  std::vector<std::optional<Result<ssh::Certificate>>> issued(bodies.size());
  std::atomic<bool> failed = false;
  io::in_parallel(verifiers.size(), bodies.size(), [&](std::size_t worker, std::size_t i) {
    if (failed) return;
    issued[i] = issue_one(std::move(bodies[i]), signer, policy, verifiers[worker]);
    if (!*issued[i]) failed = true;
  });
  for (auto& each : issued) {
    if (each && !*each) return fail(std::move(*each).error());
  }
  std::vector<ssh::Certificate> certificates;
  certificates.reserve(issued.size());
  for (auto& each : issued) certificates.push_back(**std::move(each));
  return certificates;
}

Result<ssh::Certificate> issue(ssh::CertificateBody body, ca::Signer& signer, const ca::Policy& policy) {
  HALLIGAN_TRY(auto certificates, issue_all({std::move(body)}, signer, policy));
  return std::move(certificates.front());
}

}  // namespace halligan::issue
