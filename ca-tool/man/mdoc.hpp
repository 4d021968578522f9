// The parts of a man page that a declaration gives, in mdoc(7).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "command/declaration.hpp"

namespace halligan::pages {

/// Lines of running text. @param text any text: what mdoc would take for a request, a macro or an escape
/// sequence is escaped, and an option in it (--key-id) is marked up as one
/// @return lines with a newline each, broken at the end of a sentence and before 80 columns
std::string mdoc_text(std::string_view text);

/// One argument of a macro: quoted or escaped where it must be.
std::string mdoc_argument(std::string_view word);

/// The SYNOPSIS of a command. @param path from the root down to it
std::string synopsis(const command::Path& path);

/// What the OPTIONS say of one flag: its names, its help, its default and what it goes with.
std::string flag_row(const command::Flag& flag);

}  // namespace halligan::pages
