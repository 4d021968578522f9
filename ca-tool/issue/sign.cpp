#include "issue/sign.hpp"

#include <atomic>
#include <optional>

#include "io/parallel.hpp"

namespace halligan::issue {
namespace {

Result<SignedCertificate> sign_one(ssh::CertificateBody body, ca::Signer& signer, const ca::Policy& policy,
                                   crypto::Verifier& verifier) {
  HALLIGAN_TRY(auto signature, signer.sign(ssh::to_be_signed(body)));
  ssh::Certificate certificate{std::move(body), std::move(signature)};
  HALLIGAN_TRY(const auto verified,
               verifier.verify_certificate(certificate)
                   .in("the CA's signature")
                   .hint("check that the key file belongs to this token; if it does, the token is broken"));
  HALLIGAN_CHECK(ca::check_signature(policy, verified));
  return SignedCertificate{std::move(certificate), verified};
}

}  // namespace

Result<std::vector<SignedCertificate>> sign_all(std::vector<ssh::CertificateBody> bodies, ca::Signer& signer,
                                                const ca::Policy& policy) {
  std::vector<crypto::Verifier> verifiers(signer.concurrent() ? io::worker_count() : 1);
  std::vector<std::optional<Result<SignedCertificate>>> results(bodies.size());
  std::atomic<bool> failed = false;
  io::in_parallel(verifiers.size(), bodies.size(), [&](std::size_t worker, std::size_t i) {
    if (failed) return;
    results[i] = sign_one(std::move(bodies[i]), signer, policy, verifiers[worker]);
    if (!*results[i]) failed = true;
  });
  for (auto& each : results) {
    if (each && !*each) return fail(std::move(*each).error());
  }
  std::vector<SignedCertificate> signed_ones;
  signed_ones.reserve(results.size());
  for (auto& each : results) signed_ones.push_back(**std::move(each));
  return signed_ones;
}

}  // namespace halligan::issue
