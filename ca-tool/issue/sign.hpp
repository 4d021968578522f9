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

/// Sign all of them, one after the other, or none. Each signature is verified as sshd would, and against the
/// policy's rules for signatures, which sshd does not know.
/// @errors kNeedsPerson · kUnreachable (also: no touch or PIN although required) · kNotFound · kNo (the
/// signature does not verify)
Result<std::vector<SignedCertificate>> sign_all(std::vector<ssh::CertificateBody> bodies, ca::Signer& signer,
                                                const ca::Policy& policy);

}  // namespace halligan::issue
