// Completion scripts: a text that a shell reads, with every command, option and value of the program in it.
#pragma once

#include <string>
#include <string_view>

#include "command/declaration.hpp"

namespace halligan::pages {

std::string bash_completion(const command::Program& program);
std::string zsh_completion(const command::Program& program);
std::string fish_completion(const command::Program& program);

/// A word of a shell in single quotes. @param quote_inside what stands for a quote in it: "'\\''" or "\\'"
std::string shell_quoted(std::string_view text, std::string_view quote_inside = "'\\''");

/// "ledger verify": the names from the root down, without the program's.
std::string words_below(const std::vector<const command::Command*>& path, std::string_view between = " ");

}  // namespace halligan::pages
