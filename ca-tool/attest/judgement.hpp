// What an attestation proves about the key of a CA, by roots and metadata that the user trusts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attest/finding.hpp"
#include "attest/metadata.hpp"
#include "attest/statement.hpp"

namespace halligan::attest {

enum class Proven {
  kNothing,   ///< what made the key is not known, or a fault speaks against it
  kMaker,     ///< a token of a maker who is trusted made it; what that token is made of is not known
  kHardware,  ///< and metadata say that its keys are in hardware that does not give them out
};

struct Trust {
  std::vector<Bytes> roots{};  ///< DER
  bool roots_given = false;
  std::optional<Metadata> metadata{};  ///< verified
  std::uint64_t made;                  ///< when the key was made: certificates must have been valid then
  std::uint64_t now;                   ///< for metadata that are out of date
};

struct Judgement {
  Proven proven = Proven::kNothing;
  std::string maker{};  ///< the subject of the trusted certificate that the chain ends at
};

/// What is given must hold, all of it: a root that does not vouch, and metadata that refuse, are faults.
/// @errors kBadInput (a root that is not a certificate)
Result<Judgement> judge(const Statement& statement, const Trust& trust, Findings& findings);

}  // namespace halligan::attest
