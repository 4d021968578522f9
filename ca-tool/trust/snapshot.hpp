// What a host said of its sshd, kept in a file: no secret is in it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "trust/facts.hpp"

namespace halligan::trust {

struct Snapshot {
  std::string host;         ///< as it was typed
  std::uint64_t taken = 0;  ///< Unix seconds, by our clock
  std::string by;           ///< user@machine
  std::string tool;         ///< version of halligan
  std::string text;         ///< of the probe
  Facts facts;
};

/// One line of JSON with its newline. @param text what the probe printed
std::string snapshot_line(std::string_view host, std::uint64_t taken, std::string_view by,
                          std::string_view tool, std::string_view text);

/// The lines of a file, blank ones skipped. @errors kBadInput ("line 2: …", none at all) · kUnsupported
/// (another version of the format)
Result<std::vector<Snapshot>> parse_snapshots(std::string_view text);

}  // namespace halligan::trust
