// From a request to a certificate that has been checked, and no certificate otherwise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ca/policy.hpp"
#include "ca/signer.hpp"
#include "ssh/certificate.hpp"
#include "ssh/options.hpp"
#include "ssh/validity.hpp"

namespace halligan::issue {

/// What all certificates of one command have in common.
struct CertificateSpec {
  ssh::CertificateType type = ssh::CertificateType::kUser;
  std::string key_id;                   ///< names the person and the incident in every sshd's log
  std::vector<std::string> principals;  ///< 1..256 accounts (or host names)
  ssh::Validity validity;
  ssh::OptionSet options;
  std::optional<std::uint64_t> serial;  ///< default: Unix milliseconds, unique without shared state
};

/// The certificate's contents, checked against the rules of ssh::validate() and the policy, so that what will
/// be refused is refused before a token is asked for anything. The CA's key is not known yet: `ca` is the
/// subject until issue() puts the right one in.
/// @errors kBadInput: a rule is broken; unbounded validity and serial 0 among them
Result<ssh::CertificateBody> prepare(const CertificateSpec& grant, const ssh::PublicKey& subject,
                                     const ca::Policy& policy);

/// A CA must not certify its own key: whoever holds the token would be let in for as long as the CA is
/// trusted.
/// @errors kBadInput
Result<> check_subject(const ssh::PublicKey& subject, const ca::Signer& signer);

/// Put the CA's key in, sign, then verify what came back as sshd would: a certificate is released only if it
/// will be accepted, and only if it was made as the policy wants it, which sshd would not have checked.
/// @errors kBadInput (the subject is the CA) · kNeedsPerson · kUnreachable · kNotFound · kNo (the signature
/// does not verify)
Result<ssh::Certificate> issue(ssh::CertificateBody body, ca::Signer& signer, const ca::Policy& policy);

/// All of them, one after the other, or none. @errors as issue()
Result<std::vector<ssh::Certificate>> issue_all(std::vector<ssh::CertificateBody> bodies, ca::Signer& signer,
                                                const ca::Policy& policy);

}  // namespace halligan::issue
