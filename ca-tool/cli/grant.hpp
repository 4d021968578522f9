// From the letters that were typed to what is granted, and telling the person before the token blinks.
#pragma once

#include "ca/issue.hpp"
#include "cli/options.hpp"

namespace halligan::cli {

/// @errors kUsage, kBadInput
Result<ca::Grant> make_grant(const GrantOptions& options, ssh::CertificateType type);

/// What the person is about to touch for, on stderr.
void announce(const ssh::CertificateBody& body);

}  // namespace halligan::cli
