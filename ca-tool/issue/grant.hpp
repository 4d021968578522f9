// From the letters that were typed to what is granted, and telling the person before the token blinks.
#pragma once

#include <span>

#include "ca/opened_ca.hpp"
#include "issue/command.hpp"
#include "issue/issue.hpp"

namespace halligan::issue {

/// @errors kUsage, kBadInput
Result<CertificateSpec> make_spec(const SpecOptions& options, ssh::CertificateType type);

/// The policy that was named, or the one beside the CA's handle file, or the default. @errors as
/// ca::read_policy()
Result<ca::Policy> load_policy(const SpecOptions& options, const ca::AuthorityOptions& authority);

/// Show on stderr what is about to be signed and by which CA, and ask for a yes unless it was given.
/// @param number of how many, from 1
/// @errors kNeedsPerson: nobody to ask; kNo: the answer is no
Result<> agree(const SpecOptions& options, const ssh::CertificateBody& body, const ca::OpenedCa& ca,
               std::size_t number = 1, std::size_t total = 1);

/// The same, once for all: they differ in their keys alone. @param bodies at least one
Result<> agree_to_all(const SpecOptions& options, std::span<const ssh::CertificateBody> bodies,
                      const ca::OpenedCa& ca);

}  // namespace halligan::issue
