// Programs by name, as execlp() finds them.
#pragma once

#include <string>

#include "base/result.hpp"

namespace halligan {

/// Where it is found. @param name looked up in PATH unless it has a slash
/// @errors kUnreachable (not there, or not executable)
Result<std::string> find_program(const std::string& name);

}  // namespace halligan
