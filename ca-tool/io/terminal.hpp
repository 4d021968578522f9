// Questions at the controlling terminal (/dev/tty), wherever stdin and stdout go.
//
// Rules: secrets are read without echo; echo is restored whatever ends the reading: a line, an error, Ctrl-C
// or Ctrl-Z (and turned off again when the program resumes). Prompts never go to stdout.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace halligan::io {

bool is_terminal(int fd);

/// Is there a controlling terminal to ask at?
bool have_terminal();

/// Ask for a secret without echo. Ctrl-C and the like end the process as usual, once echo is back.
/// @errors kNeedsPerson (no terminal, end of input, nothing typed) · kBadInput (longer than 255 bytes)
Result<Pin> read_terminal_secret(std::string_view prompt);

/// Take what is typed on the terminal, unseen, until nothing has been for a second; where there is none,
/// nothing happens.
void swallow_typed();

/// One visible line without its newline. @errors kNeedsPerson (no terminal, end of input) · kBadInput (over
/// 1023 bytes)
Result<std::string> read_terminal_line(std::string_view prompt);

/// "<question> [y/N] ": true for y or yes of any case, asked again on anything else but n, no and the empty
/// line.
/// @errors kNeedsPerson (no terminal)
Result<bool> confirm(std::string_view question);

/// For what cannot be undone: true only if exactly `expected` is typed. @errors kNeedsPerson (no terminal)
Result<bool> confirm_typed(std::string_view question, std::string_view expected);

}  // namespace halligan::io
