// Programs by name, as execlp() finds them, and what this process has loaded.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace halligan {

/// Where it is found. @param name looked up in PATH unless it has a slash
/// @errors kUnreachable (not there, or not executable)
Result<std::string> find_program(const std::string& name);

/// The files whose code this process has loaded: first the one with this function, which for the program is
/// its own, even if the loader was started by name; then the libraries, in the order of their paths.
/// @errors kNotFound (no /proc) · kUnreachable
Result<std::vector<std::string>> loaded_files();

}  // namespace halligan
