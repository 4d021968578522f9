// What a certificate is to say: from the options of the command line to the body that the CA signs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ca/policy.hpp"
#include "issue/command.hpp"
#include "ssh/certificate.hpp"
#include "ssh/options.hpp"
#include "ssh/validity.hpp"

namespace halligan::issue {

/// What all certificates of one command have in common.
struct CertificateSpec {
  ssh::CertificateType type = ssh::CertificateType::kUser;
  std::string key_id;                   ///< in every host's log
  std::vector<std::string> principals;  ///< 1..256
  ssh::Validity validity;
  ssh::OptionSet options;
  std::optional<std::uint64_t> serial;  ///< of the first certificate; default: the ledger's next
};

/// @errors kUsage (-V, -O)
Result<CertificateSpec> make_spec(const SpecOptions& options, ssh::CertificateType type);

/// @errors kUsage: there is none
Result<> check_principals(const SpecOptions& options);

/// The rules of ssh::validate(), so that what will be refused is refused before a token is asked for
/// anything.
/// @errors kBadInput: a rule is broken; unbounded validity and serial 0 among them
Result<> check_spec(const CertificateSpec& spec, const ssh::PublicKey& subject);
/// The rules of the CA's policy, which is known once its key is. @errors as ca::check_policy()
Result<> check_spec(const CertificateSpec& spec, const ssh::PublicKey& subject, const ca::Policy& policy);

/// A CA must not certify its own key: whoever holds the token could log in for as long as the CA is trusted.
/// @errors kBadInput
Result<> check_subject(const ssh::PublicKey& subject, const ssh::PublicKey& ca);

/// The body that the CA signs, with a fresh nonce. @param spec passed check_spec()
/// @errors kInternal (no random bytes)
Result<ssh::CertificateBody> make_body(const CertificateSpec& spec, const ssh::PublicKey& subject,
                                       const ssh::PublicKey& ca, std::uint64_t serial);

}  // namespace halligan::issue
