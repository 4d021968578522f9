#include "base/terminal.hpp"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace halligan {

bool takes_control_sequences(int fd) {
  const char* value = ::secure_getenv("TERM");
  const std::string_view term = value == nullptr ? "" : value;
  return ::isatty(fd) == 1 && !term.empty() && term != "dumb";
}

}  // namespace halligan
