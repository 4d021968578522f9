// Carrying out a plan on a host: a change that the host takes back by itself unless it is told to keep it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "trust/host.hpp"
#include "trust/plan.hpp"
#include "trust/proof.hpp"

namespace halligan::trust {

enum class Outcome {
  kUnchanged,  ///< there was nothing to do
  kKept,       ///< done, and proven as far as it could be
  kRefused,    ///< nothing was begun
  kTakenBack,  ///< begun, and all is as it was
  kLost,       ///< the connection was lost: the host takes it back by itself
};

struct Step {
  std::string name;
  std::uint64_t time;  ///< Unix seconds
};

struct Asked {
  std::string account;
  const Canary* canary;
  Verdict verdict;
};

/// What became of a plan.
struct Change {
  Outcome outcome = Outcome::kUnchanged;
  std::string transaction{};
  std::string why{};  ///< of kRefused, kTakenBack and kLost
  std::vector<Step> steps{};
  std::optional<bool> login{};  ///< did a new one work?
  std::vector<Asked> asked{};
  std::optional<Facts> after{};
};

/// How a change is judged before it is kept.
struct Proof {
  std::vector<Question> questions{};               ///< of each account that is asked about
  std::uint32_t deadline = 120;                    ///< seconds, until the host takes it back
  std::function<Plan(const Facts&)> plan_again{};  ///< must find nothing left to do
};

/// @errors kUnreachable: nothing was begun
Result<Change> carry_out(const Host& host, const Facts& facts, const Wanted& wanted, const Plan& plan,
                         const Proof& proof);

}  // namespace halligan::trust
