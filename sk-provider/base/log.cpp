#include "base/log.hpp"

#include <unistd.h>
#include <cstdlib>
#include <string>

#include "base/codec.hpp"

namespace halligan {

void write_stderr(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

bool debug_on() {
  const char* value = ::secure_getenv("HALLIGAN_DEBUG");
  return value != nullptr && std::string_view(value) == "1";
}

// One write for each message: other processes (ssh, the agent) write to the same stderr.
void debug(std::string_view text) {
  if (debug_on()) write_stderr("halligan: debug: " + one_line(text) + "\n");
}

void say(std::string_view text, std::string_view hint) {
  std::string line = "halligan: " + one_line(text) + "\n";
  if (!hint.empty()) line += "  " + one_line(hint) + "\n";
  write_stderr(line);
}

}  // namespace halligan
