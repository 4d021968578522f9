#include "unattended/kept_agent.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "ca/state_folder.hpp"
#include "io/append_file.hpp"
#include "io/folders.hpp"
#include "io/identity.hpp"
#include "io/ownership.hpp"
#include "io/process.hpp"
#include "io/unix_socket.hpp"

namespace halligan::unattended {
namespace {

// The name of a file, whatever the host is called.
std::string host_name() {
  std::string host = io::machine_name();
  for (char& each : host) {
    const bool plain = (each >= '0' && each <= '9') || (each >= 'a' && each <= 'z') ||
                       (each >= 'A' && each <= 'Z') || each == '-' || each == '.';
    if (!plain) each = '_';
  }
  return host;
}

bool is_socket(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

std::optional<std::string> kept_path() {
  const auto folder = ca::StateFolder::around();
  return folder ? std::optional(*folder + "/agent." + host_name()) : std::nullopt;
}

// Without lingering the manager, and with it the agent, ends with the last session.
bool lingers() {
  const auto user = io::account_name();
  return user && ::access(("/var/lib/systemd/linger/" + *user).c_str(), F_OK) == 0;
}

Result<> start(const std::string& path) {
  HALLIGAN_TRY(const auto done, io::run({.argv = {"ssh-agent", "-a", path}, .err = io::Relayed{}}));
  if (done.exit_code == 0) return {};
  return fail(Code::kUnreachable,
              "cannot start an ssh-agent: it ended with status " + std::to_string(done.exit_code));
}

}  // namespace

std::string agent_of_system() {
  const auto user = io::account_name();
  const std::string path = "/run/halligan-agent/" + user.value_or("") + "/agent";
  return user && is_socket(path) ? path : std::string();
}

std::string agent_of_systemd() {
  if (std::string path = agent_of_system(); !path.empty()) return path;
  const char* folder = std::getenv("XDG_RUNTIME_DIR");
  const std::string path =
      (folder != nullptr ? std::string(folder) : "/run/user/" + std::to_string(::getuid())) +
      "/openssh_agent";
  return is_socket(path) ? path : std::string();
}

std::string kept_agent() {
  const auto path = kept_path();
  return path && is_socket(*path) ? *path : std::string();
}

Result<std::string> keep_agent() {
  if (std::string socket = agent_of_systemd(); !socket.empty() && io::UnixSocket::connect(socket)) {
    if (socket != agent_of_system() && !lingers())
      say("the agent at " + printable(socket) + " ends with your last session",
          "let it last: loginctl enable-linger");
    return socket;
  }
  const auto path = kept_path();
  if (!path)
    return fail(Code::kBadInput, "no folder for the agent's socket: HOME is not an absolute path",
                "set HOME");
  HALLIGAN_TRY(const io::SplitPath split, io::split_path(*path));
  HALLIGAN_CHECK(io::make_private_folders(split.folder));
  HALLIGAN_CHECK(io::safe_folder(split.folder));
  // Whoever holds the lock starts an agent or finds the one that somebody else has started.
  HALLIGAN_TRY(const auto lock, io::AppendFile::open(*path + ".lock", [] {}));
  auto answers = io::UnixSocket::connect(*path);
  if (answers) return *path;
  const bool is_dead = io::nobody_listens(*path);
  HALLIGAN_TRY(const io::Kind kind, io::kind_of(*path));
  if (answers.error().code == Code::kBadInput || (!is_dead && kind != io::Kind::kNothing))
    return fail(std::move(answers).error().in("the agent of this host"));
  if (is_dead && ::unlink(path->c_str()) != 0) return io::path_failure(*path, errno);
  HALLIGAN_CHECK(start(*path));
  HALLIGAN_CHECK(io::UnixSocket::connect(*path).in("the agent that was started"));
  return *path;
}

}  // namespace halligan::unattended
