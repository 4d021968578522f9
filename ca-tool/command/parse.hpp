// From the words of a command line to what runs.
#pragma once

#include <span>
#include <string>

#include "command/declaration.hpp"

namespace halligan::command {

struct Parsed {
  Run run{};           ///< empty: there is nothing to run
  std::string text{};  ///< then this is to be printed: help, or the version
};

/// Words are looked at in the order in which they were typed; the first that is wrong is the error.
/// @param words without the program's name
/// @errors kUsage, with the nearest name there is and where the help is
Result<Parsed> parse(const Program& program, std::span<const char* const> words);

/// Did you mean …? The name that was probably meant, or nothing. @param names the possible ones
std::string nearest(std::string_view typed, const std::vector<std::string>& names);

}  // namespace halligan::command
