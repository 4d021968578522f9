// --help.
#pragma once

#include <string>
#include <vector>

#include "command/declaration.hpp"

namespace halligan::command {

/// The help of a command or a group, 80 columns. @param path from the root down to it
std::string help_text(const Path& path);

/// "make a key" → "Make a key."
std::string sentence(const std::string& words);

/// "a, b or c". @param before stands before each
std::string listed(const std::vector<std::string>& words, const std::string& before = {});

}  // namespace halligan::command
