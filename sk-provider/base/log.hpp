// What the provider and the tool say on stderr. Never a secret. What one_line() escapes is escaped.
#pragma once

#include <string_view>

namespace halligan {

/// True when HALLIGAN_DEBUG=1. Read with secure_getenv, so that a setuid caller is never talked into it.
bool debug_on();

/// One line "halligan: <text>" on stderr when debug_on().
void debug(std::string_view text);

/// One line "halligan: <text>" on stderr, and a second, indented line for the hint if there is one.
void say(std::string_view text, std::string_view hint = {});

}  // namespace halligan
