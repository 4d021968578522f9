// --help.
#pragma once

#include <string>
#include <vector>

#include "command/declaration.hpp"

namespace halligan::command {

/// The help of a command or a group, 80 columns. @param path from the root down to it
std::string help_text(const std::vector<const Command*>& path);

/// "make a key" → "Make a key."
std::string sentence(const std::string& words);

}  // namespace halligan::command
