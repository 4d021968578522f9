// When a kit was last made, or found to be as it should be, by this user on this computer.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "kit/contents.hpp"

namespace halligan::kit {

/// Note it for each of these CAs: `kit` in the CA's state folder has the time in Unix seconds. Without a home
/// folder nothing is noted; a note that cannot be written is no fault of the kit, and only said.
void note_kit(const std::vector<KitCa>& authorities, std::uint64_t now);

/// @return Unix seconds; nothing if there was none. @errors kUnreachable · kBadInput
Result<std::optional<std::uint64_t>> last_kit(const ssh::PublicKey& authority);

}  // namespace halligan::kit
