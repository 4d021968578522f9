// From the letters that were typed to what is granted, and telling the person before the token blinks.
#pragma once

#include <span>

#include "ca/issue.hpp"
#include "cli/ca_at_hand.hpp"
#include "cli/options.hpp"

namespace halligan::cli {

/// @errors kUsage, kBadInput
Result<ca::Grant> make_grant(const GrantOptions& options, ssh::CertificateType type);

/// The policy that was named, or the one beside the CA's handle file, or the default. @errors as
/// ca::read_policy()
Result<ca::Policy> load_policy(const GrantOptions& options, const AuthorityOptions& authority);

/// @param question "Sign this certificate?" @param what the verb of it: "sign"
/// @errors kNeedsPerson: nobody to ask; kNo: the answer is no
Result<> ask_for_yes(const std::string& question, const std::string& what);

/// Show on stderr what is about to be signed and by which CA, and ask for a yes unless it was given.
/// @param number of how many, from 1
/// @errors kNeedsPerson: nobody to ask; kNo: the answer is no
Result<> agree(const GrantOptions& options, const ssh::CertificateBody& body, const CaAtHand& ca,
               std::size_t number = 1, std::size_t total = 1);

/// The same, once for all: they differ in their keys alone. @param bodies at least one
Result<> agree_to_all(const GrantOptions& options, std::span<const ssh::CertificateBody> bodies,
                      const CaAtHand& ca);

}  // namespace halligan::cli
