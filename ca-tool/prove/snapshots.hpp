// The second grade: what a snapshot of the host (halligan trust snapshot) says of the way in after the key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "ca/configuration.hpp"
#include "prove/answer.hpp"

namespace halligan::prove {

inline constexpr std::uint32_t kSnapshotDays = 30;

struct SnapshotOptions {
  std::string folder;  ///< empty: no snapshots
  std::optional<std::uint32_t>
      days;          ///< the oldest that counts; none: the configuration's, else kSnapshotDays
  std::string from;  ///< address that the login would come from; empty: that of whoever took the snapshot
};

/// The files in the folder whose names end in ".json", by name. @errors kNotFound · kUnreachable
Result<std::vector<std::string>> snapshot_files(const std::string& folder);

/// Look at each "yes" of a canary that is not revoked: would the host let in a certificate of the same CA,
/// with the same principals and options, as mint makes it now? A snapshot is that of the host whose key the
/// answer came with; which file it is in, and what the host calls itself, do not count. Of a host that could
/// not be asked it is that of its name, and only what is certain is noted, which changes no grade. A file
/// that cannot be read, or that others may write to, is complained of and skipped.
/// @param now Unix seconds
void check_answers(std::vector<Answer>& answers, const std::vector<std::string>& files,
                   const SnapshotOptions& options, const ca::Configuration& configuration, std::uint64_t now);

}  // namespace halligan::prove
