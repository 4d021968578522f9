// From a request to a certificate that has been checked, and no certificate otherwise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ca/signer.hpp"
#include "ssh/certificate.hpp"
#include "ssh/options.hpp"
#include "ssh/validity.hpp"

namespace halligan::ca {

/// What all certificates of one command have in common.
struct Grant {
  ssh::CertificateType type = ssh::CertificateType::kUser;
  std::string key_id;                   ///< names the person and the incident in every sshd's log
  std::vector<std::string> principals;  ///< 1..256 accounts (or host names)
  ssh::Validity validity;
  ssh::OptionSet options;
  std::optional<std::uint64_t> serial;  ///< default: Unix milliseconds, unique without shared state
};

/// The certificate's contents, checked against the rules of ssh::validate(). Nothing is signed yet.
/// @errors kBadInput: a rule is broken; unbounded validity and serial 0 among them
Result<ssh::CertificateBody> prepare(const Grant& grant, const ssh::PublicKey& subject,
                                     const ssh::PublicKey& ca);

/// Sign, then verify what came back as sshd would: a certificate is released only if it will be accepted, and
/// only if somebody touched the token for it, which sshd would not have checked.
/// @errors kNeedsPerson · kUnreachable · kNotFound · kInternal (the signature does not verify)
Result<ssh::Certificate> issue(const ssh::CertificateBody& body, Signer& signer);

}  // namespace halligan::ca
