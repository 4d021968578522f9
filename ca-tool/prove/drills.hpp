// The third grade: somebody was in, in a drill (halligan drill run).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ca/configuration.hpp"
#include "ledger/drills/log.hpp"
#include "prove/answer.hpp"

namespace halligan::prove {

inline constexpr std::uint32_t kDrillDays = 90;  // when the next one is due, unless it was said otherwise

struct DrillOptions {
  std::vector<std::string> files;     ///< copies of ca.drills, besides the user's own
  std::optional<std::uint32_t> days;  ///< the oldest that counts; none: the configuration's, else kDrillDays
};

struct DrillsOnRecord {
  std::vector<ledger::drills::DrillLog> logs{};
  std::string fault{};  ///< of a file that cannot be used: then none counts, since it may say otherwise
};

/// Those of this user for all CAs, and those in the files. What cannot be used is complained of.
DrillsOnRecord read_all_drills(const std::vector<std::string>& files);

/// Look at each "yes" of a canary that is not revoked; after check_answers(). A drill is about the host that
/// was reached under one of the same names, at the same port, with the same key, for the same account and
/// CA: the last one decides, also if it failed. It does not count against what a snapshot has found since.
/// @param now Unix seconds
void count_drills(std::vector<Answer>& answers, const DrillsOnRecord& drills, const DrillOptions& options,
                  const ca::Configuration& configuration, std::uint64_t now);

}  // namespace halligan::prove
