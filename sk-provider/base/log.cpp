#include "base/log.hpp"

#include <unistd.h>
#include <cstdlib>
#include <string>

#include "base/codec.hpp"

namespace halligan {
namespace {

// One write for each message: other processes (ssh, the agent) write to the same stderr.
void write_line(const std::string& line) {
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (written <= 0) return;  // nobody is listening, and there is nowhere else to say so
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

bool debug_on() {
  const char* value = ::secure_getenv("HALLIGAN_DEBUG");
  return value != nullptr && std::string_view(value) == "1";
}

void debug(std::string_view text) {
  if (debug_on()) write_line("halligan: debug: " + one_line(text) + "\n");
}

void say(std::string_view text, std::string_view hint) {
  std::string line = "halligan: " + one_line(text) + "\n";
  if (!hint.empty()) line += "  " + one_line(hint) + "\n";
  write_line(line);
}

}  // namespace halligan
