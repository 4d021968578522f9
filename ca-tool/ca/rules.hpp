// What holds for a CA, found by its public key: the policy, and who may co-sign.
#pragma once

#include <optional>
#include <string>

#include "ca/policy.hpp"
#include "ca/selection.hpp"
#include "ca/state_folder.hpp"

namespace halligan::ca {

struct CaRules {
  Policy policy;            ///< the defaults without a file
  std::string policy_file;  ///< empty: there is none
  bool remember = false;    ///< it is to be found by the key from now on, see StateFolder::remember_policy()
  std::optional<ConfiguredCa> configured;
};

/// The policy, from the first of these that there is: --policy; what the configuration says of a CA with this
/// key; CA.policy beside the CA's file, or beside what a link to it names; the one that was in force here
/// before.
/// @param named --policy @param without the person signs without the CA's policy: that one is gone is no
/// error
/// @errors as read_policy(), configured_by_key() · kBadInput (a policy beside the file and another one that
/// was in force before) · kUnreachable (one that was in force before is gone)
Result<CaRules> find_rules(const CaSelection& selection, const std::optional<std::string>& named,
                           const ssh::PublicKey& key, bool without = false);

}  // namespace halligan::ca
