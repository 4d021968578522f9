// Messages of the provider and the tool on stderr. Never a secret; what one_line() escapes is escaped.
#pragma once

#include <string_view>

namespace halligan {

/// All of it, to stderr or another descriptor; what cannot be written is dropped. No newline is added.
void write_to(int fd, std::string_view text);
void write_stderr(std::string_view text);

/// True when HALLIGAN_DEBUG=1. Read with secure_getenv, so that a setuid caller cannot be made to log.
bool debug_on();

/// One line "halligan: <text>" on stderr when debug_on().
void debug(std::string_view text);

/// As say(), for the reason of a failure: where stderr leads nowhere, as an agent's does, to syslog, or
/// nobody would ever see it.
void complain(std::string_view text, std::string_view hint = {});

/// One line "halligan: <text>" on stderr, and a second, indented line for the hint if there is one.
void say(std::string_view text, std::string_view hint = {});
/// The same on another descriptor.
void say_to(int fd, std::string_view text, std::string_view hint = {});

}  // namespace halligan
