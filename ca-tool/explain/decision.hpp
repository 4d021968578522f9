// What sshd would do with a certificate or a key, step by step, in the order of its source.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "explain/setting.hpp"
#include "ssh/certificate.hpp"
#include "ssh/key.hpp"

namespace halligan::explain {

enum class Verdict { kYes, kNo, kUnknown };
/// "yes", "no", "unknown".
std::string_view word(Verdict verdict);

/// One rule that sshd applies.
struct Step {
  std::string name;  ///< stable, for --json: "revoked", "ca"
  Verdict verdict = Verdict::kYes;
  std::string text{};   ///< what the rule found
  std::string place{};  ///< "FILE:LINE" that decides it; may be empty
  std::string log{};    ///< what this version of sshd logs at LogLevel INFO; empty: nothing
  std::string mend{};   ///< the next action; empty unless the verdict is no
};

struct Explanation {
  Verdict verdict = Verdict::kYes;  ///< kUnknown: yes, unless a step that is not known says no
  std::vector<Step> steps{};        ///< up to the first no

  const Step* refusal() const;
};

/// What is shown to sshd.
struct Subject {
  ssh::PublicKey key;
  std::optional<ssh::Certificate> certificate;
  bool unsigned_yet = false;  ///< the CA would sign it: of its signature only the algorithm counts
};

/// @errors kBadInput: nothing is known of this account, or sshd -T failed for it
Result<Explanation> explain(const trust::Facts& facts, const Subject& subject, const Login& login);

}  // namespace halligan::explain
