// Whether a known_hosts file has the keys for a login to a host, by ssh-keygen, which reads it as ssh does.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace halligan::handoff {

/// Each host has a key of its own in it, or a CA's; hashed names and patterns count, revoked keys do not.
/// @param text the file's contents; its name is for messages
/// @errors kBadInput ("FILE has no key for HOST") · kUnreachable (ssh-keygen cannot be run)
Result<> check_known_hosts(std::string_view text, const std::string& file,
                           const std::vector<std::string>& hosts);

}  // namespace halligan::handoff
