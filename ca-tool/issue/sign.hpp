// The CA's signatures on certificates, checked before anything is released.
#pragma once

#include <vector>

#include "ca/policy.hpp"
#include "ca/signer.hpp"
#include "crypto/verify.hpp"
#include "ssh/certificate.hpp"

namespace halligan::issue {

struct SignedCertificate {
  ssh::Certificate certificate;
  crypto::Verified verified;
};

/// A signature that the CA's key made, on what is not released.
struct Unreleased {
  crypto::Sha256 hash;  ///< of what was signed
  ssh::Signature signature;
};

/// What the CA signed, and what became of it.
struct Signing {
  Result<std::vector<SignedCertificate>> certificates;
  std::vector<Unreleased> unreleased{};   ///< made before it failed; the CA's key did make them
  std::vector<std::uint32_t> unproven{};  ///< counters of signatures that do not verify
};

/// Sign all of them, one after the other, or none. Each signature is verified as sshd would, and against the
/// policy's rules for signatures, which sshd does not know.
/// @errors kNeedsPerson · kUnreachable (also: no touch or PIN although required) · kNotFound · kNo (the
/// signature does not verify)
Signing sign_all(std::vector<ssh::CertificateBody> bodies, ca::Signer& signer, const ca::Policy& policy);

/// For the ledger, where a certificate is not released after all. Security keys only.
Unreleased unreleased(const ssh::Certificate& certificate);

}  // namespace halligan::issue
