// What the completion scripts of the shells have from the declarations: every command, option and value of
// the program. The rest of a script is a template beside this file.
#pragma once

#include <string>

#include "command/declaration.hpp"

namespace halligan::pages {

/// Entries of the table that halligan.bash.in reads.
std::string bash_completion(const command::Program& program);
/// A function for each command, in the terms of _arguments.
std::string zsh_completion(const command::Program& program);
/// A line for each command and each flag, with the condition under which it is offered.
std::string fish_completion(const command::Program& program);

}  // namespace halligan::pages
