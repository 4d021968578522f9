#include "issue/policy_check.hpp"

#include "base/codec.hpp"
#include "base/log.hpp"

namespace halligan::issue {

Result<bool> check_binding(const ca::Binding& binding, const ca::Policy& policy, const std::string& without) {
  const bool matches = !binding.policy || binding.policy == policy.sha256;
  if (binding.policy && matches && !without.empty())
    say("--without-policy has no effect: this is the policy that the CA is bound to");
  if (!without.empty()) return !binding.policy || !matches;
  if (matches) return false;
  return fail(Code::kBadInput,
              "policy: binding: this CA is bound to the policy with SHA-256 " + hex(*binding.policy) +
                  (policy.sha256 ? ", and the one in force has " + hex(*policy.sha256)
                                 : ", and no policy is in force"),
              "name that policy with --policy FILE, or say why you sign without it: --without-policy REASON");
}

std::string binding_words(const ca::Binding& binding, const ca::Policy& policy) {
  if (!binding.policy) return {};
  const std::string by = binding.source == ca::BindingSource::kToken ? "by the token" : "by ca.json alone";
  return (binding.policy == policy.sha256 ? "the one it is bound to, " : "NOT the one it is bound to, ") + by;
}

}  // namespace halligan::issue
