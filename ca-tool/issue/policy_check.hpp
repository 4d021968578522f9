// The policy that a CA is bound to must be the one in force, unless the person says why not.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "ca/opened_ca.hpp"

namespace halligan::issue {

/// @param without why the bound policy is not used (--without-policy); empty: it must be
/// @return whether `without` was needed, so that the ledger records it: not for the policy that it is bound
/// to
/// @errors kBadInput: another policy is in force, or none
Result<bool> check_binding(const ca::Binding& binding, const ca::Policy& policy, const std::string& without);

/// The preview's row, or nothing where nothing is known.
std::string binding_words(const ca::Binding& binding, const ca::Policy& policy);

}  // namespace halligan::issue
