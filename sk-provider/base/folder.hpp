// What is in a folder: all of it, or an error.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace halligan {

/// The names in a folder without "." and "..", sorted. std::filesystem's iterators end at an error as they do
/// at the end, unless each step is checked, and do not go on after a signal.
/// @errors kNotFound (no such folder) · kUnreachable
Result<std::vector<std::string>> names_in(const std::string& folder);

}  // namespace halligan
