#include "base/log.hpp"

#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>
#include <cstdlib>
#include <string>

#include "base/codec.hpp"

namespace halligan {

namespace {

// /dev/null, or closed
bool leads_nowhere(int fd) {
  struct stat status {};
  struct stat null {};
  if (::fstat(fd, &status) != 0) return true;
  return ::stat("/dev/null", &null) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == null.st_rdev;
}

}  // namespace

void write_to(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void write_stderr(std::string_view text) { write_to(STDERR_FILENO, text); }

bool debug_on() {
  const char* value = ::secure_getenv("HALLIGAN_DEBUG");
  return value != nullptr && std::string_view(value) == "1";
}

// One write for each message: other processes (ssh, the agent) write to the same stderr.
void debug(std::string_view text) {
  if (debug_on()) write_stderr("halligan: debug: " + one_line(text) + "\n");
}

void complain(std::string_view text, std::string_view hint) {
  say(text, hint);
  if (!leads_nowhere(STDERR_FILENO)) return;
  const std::string line = one_line(text) + (hint.empty() ? "" : "; " + one_line(hint));
  ::syslog(LOG_AUTH | LOG_WARNING, "halligan: %s", line.c_str());
}

void say(std::string_view text, std::string_view hint) { say_to(STDERR_FILENO, text, hint); }

void say_to(int fd, std::string_view text, std::string_view hint) {
  std::string line = "halligan: " + one_line(text) + "\n";
  if (!hint.empty()) line += "  " + one_line(hint) + "\n";
  write_to(fd, line);
}

}  // namespace halligan
