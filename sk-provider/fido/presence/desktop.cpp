#include "fido/presence/desktop.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "base/log.hpp"

namespace halligan::fido {
namespace {

constexpr const char* kNotifySend = "/usr/bin/notify-send";

// The address of the session bus: from the environment, or where systemd puts it.
std::optional<std::string> session_bus() {
  if (const char* address = ::secure_getenv("DBUS_SESSION_BUS_ADDRESS");
      address != nullptr && *address != 0) {
    return address;
  }
  const char* folder = ::secure_getenv("XDG_RUNTIME_DIR");
  if (folder == nullptr || *folder != '/') return std::nullopt;
  const std::string path = std::string(folder) + "/bus";
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode) || status.st_uid != ::geteuid()) {
    return std::nullopt;
  }
  return "unix:path=" + path;
}

struct SpawnSetup {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  SpawnSetup() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  ~SpawnSetup() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;

  // It inherits nothing but its arguments: no descriptor, no blocked or ignored signal, no terminal.
  bool detach() {
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    sigdelset(&all, SIGKILL);
    sigdelset(&all, SIGSTOP);
    return ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDWR, 0) == 0 &&
           ::posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDOUT_FILENO) == 0 &&
           ::posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDERR_FILENO) == 0 &&
           ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1) == 0 &&
           ::posix_spawnattr_setsigmask(&attributes, &none) == 0 &&
           ::posix_spawnattr_setsigdefault(&attributes, &all) == 0 &&
           ::posix_spawnattr_setpgroup(&attributes, 0) == 0 &&
           ::posix_spawnattr_setflags(
               &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP) == 0;
  }
};

}  // namespace

std::string as_body(const std::string& text) {
  std::string body;
  for (const char c : text)
    body += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
  return body;
}

void Desktop::show(const std::string& text, std::chrono::seconds left) {
  if (shown_) return;
  shown_ = true;
  if (::getauxval(AT_SECURE) != 0) return;
  const auto bus = session_bus();
  if (!bus) {
    debug("no session bus for a notification");
    return;
  }
  SpawnSetup setup;
  if (!setup.detach()) return;
  const std::string expire = "--expire-time=" + std::to_string(std::chrono::milliseconds(left).count());
  const std::string body = as_body(text);
  const std::string address = "DBUS_SESSION_BUS_ADDRESS=" + *bus;
  const char* const argv[] = {kNotifySend, "--app-name=halligan",     expire.c_str(), "--transient",
                              "--",        "Touch your security key", body.c_str(),   nullptr};
  const char* const environment[] = {address.c_str(), "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", nullptr};
  // It does not change them (POSIX, exec).
  const int error = ::posix_spawn(&child_, kNotifySend, &setup.actions, &setup.attributes,
                                  const_cast<char* const*>(argv), const_cast<char* const*>(environment));
  if (error != 0) {
    child_ = -1;
    debug(std::string(kNotifySend) + ": " + ::strerror(error));
  }
}

// A process that has not delivered its message by now is not needed any more, and must not be left to others
// to reap.
void Desktop::done() {
  shown_ = false;
  if (child_ <= 0) return;
  int status = 0;
  if (::waitpid(child_, &status, WNOHANG) == 0) {
    ::kill(child_, SIGKILL);
    while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
  }
  child_ = -1;
}

}  // namespace halligan::fido
