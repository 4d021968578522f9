// Messages of the provider and the tool on stderr. Never a secret; what one_line() escapes is escaped.
#pragma once

#include <string_view>

namespace halligan {

/// All of it, to stderr; what cannot be written is dropped. No newline is added.
void write_stderr(std::string_view text);

/// True when HALLIGAN_DEBUG=1. Read with secure_getenv, so that a setuid caller cannot be made to log.
bool debug_on();

/// One line "halligan: <text>" on stderr when debug_on().
void debug(std::string_view text);

/// One line "halligan: <text>" on stderr, and a second, indented line for the hint if there is one.
void say(std::string_view text, std::string_view hint = {});

}  // namespace halligan
