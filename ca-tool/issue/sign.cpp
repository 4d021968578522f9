#include "issue/sign.hpp"

#include <atomic>
#include <optional>

#include "crypto/digest.hpp"
#include "io/parallel.hpp"

namespace halligan::issue {
namespace {

// One signature, whatever came of it.
struct One {
  Result<SignedCertificate> certificate;
  std::optional<Unreleased> unreleased{};
  std::optional<std::uint32_t> unproven{};
};

One sign_one(ssh::CertificateBody body, ca::Signer& signer, const ca::Policy& policy,
             crypto::Verifier& verifier) {
  auto signature = signer.sign(ssh::to_be_signed(body));
  if (!signature) return {.certificate = fail(std::move(signature).error()), .unproven = signer.discarded()};
  ssh::Certificate certificate{std::move(body), *std::move(signature)};
  const bool counts = ssh::is_sk(certificate.signature.algorithm);
  auto verified = signer.verify(certificate, verifier);
  if (!verified) {
    Error error = std::move(verified).error().in("the CA's signature");
    error.hint = "check that the key file belongs to this token; if it does, the token is broken";
    One bad{fail(std::move(error))};
    if (counts) bad.unproven = certificate.signature.counter;
    return bad;
  }
  if (auto good = ca::check_signature(policy, *verified); !good) {
    One refused{fail(std::move(good).error())};
    if (counts) refused.unreleased = unreleased(certificate);
    return refused;
  }
  return {SignedCertificate{std::move(certificate), *verified}};
}

}  // namespace

Unreleased unreleased(const ssh::Certificate& certificate) {
  return {crypto::sha256(ssh::to_be_signed(certificate.body)), certificate.signature};
}

Signing sign_all(std::vector<ssh::CertificateBody> bodies, ca::Signer& signer, const ca::Policy& policy) {
  std::vector<crypto::Verifier> verifiers(signer.concurrent() ? io::worker_count() : 1);
  std::vector<std::optional<One>> results(bodies.size());
  std::atomic<bool> failed = false;
  io::in_parallel(verifiers.size(), bodies.size(), [&](std::size_t worker, std::size_t i) {
    if (failed) return;
    results[i] = sign_one(std::move(bodies[i]), signer, policy, verifiers[worker]);
    if (!results[i]->certificate) failed = true;
  });
  Signing done{std::vector<SignedCertificate>()};
  for (auto& each : results) {
    if (!each) continue;
    if (each->unreleased) done.unreleased.push_back(*std::move(each->unreleased));
    if (each->unproven) done.unproven.push_back(*each->unproven);
    if (!each->certificate && done.certificates)
      done.certificates = fail(std::move(each->certificate).error());
  }
  for (auto& each : results) {
    if (!each || !each->certificate) continue;
    SignedCertificate& good = *each->certificate;
    if (done.certificates) {
      done.certificates->push_back(std::move(good));
    } else if (good.verified.is_sk) {
      done.unreleased.push_back(unreleased(good.certificate));
    }
  }
  return done;
}

}  // namespace halligan::issue
