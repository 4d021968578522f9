// The paths of the tokens there are.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "fido/device.hpp"
#include "fido/discovery/settings.hpp"

namespace halligan::fido {

/// The tokens to consider: `device` alone if given, else the configured ones that exist, else all that are
/// plugged in; if this user may open none of those, the inaccessible ones. Talks to none of them. Never
/// empty.
/// @errors kNotFound (none) · kUnreachable (enumeration failed)
Result<std::vector<TokenPath>> find_tokens(const Settings& settings,
                                           const std::optional<std::string>& device);

}  // namespace halligan::fido
