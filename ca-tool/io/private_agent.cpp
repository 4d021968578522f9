#include "io/private_agent.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <vector>

#include "io/signals.hpp"

// glibc 2.36 declares it without C linkage for C++.
extern "C" {
#include <sys/pidfd.h>
}

namespace halligan::io {
namespace {

using AgentClock = std::chrono::steady_clock;

constexpr const char* kSocketName = "/agent";
constexpr std::chrono::seconds kAgentStart{10};
constexpr std::chrono::seconds kAgentEnd{5};

// $1 is the folder. ssh-agent runs this once it listens, and has told it its number. `read` ends with the
// pipe. The agent is the shell's child, so its number cannot be anybody else's by then. It leads a process
// group: its helpers, one of which may wait for a touch, end with it.
constexpr const char* kKeeper =
    "trap '' HUP INT QUIT TERM PIPE\n"
    "echo \"$SSH_AGENT_PID\"\n"
    "exec >/dev/null\n"
    "read -r _\n"
    "kill -s KILL -- \"-$SSH_AGENT_PID\" \"$SSH_AGENT_PID\" 2>/dev/null\n"
    "rm -rf -- \"$1\"\n";

// False at the deadline.
bool readable_until(int fd, AgentClock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - AgentClock::now()).count();
    pollfd polled{fd, POLLIN, 0};
    const int ready = ::poll(&polled, 1, left <= 0 ? 0 : static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    return ready > 0;
  }
}

// Short enough for a socket, and made of characters that a configuration of ssh takes for themselves.
bool suits_a_socket(const std::string& folder) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/+@-";
  return folder.find_first_not_of(kPlain) == std::string::npos &&
         folder.size() + std::string_view(kSocketName).size() < sizeof(sockaddr_un::sun_path);
}

Result<std::string> make_agent_folder() {
  int error = ENOENT;
  for (const char* variable : {"XDG_RUNTIME_DIR", "TMPDIR", ""}) {
    const char* value = *variable == '\0' ? "/tmp" : ::secure_getenv(variable);
    if (value == nullptr || *value != '/') continue;
    std::string folder = std::string(value) + "/halligan-agent.XXXXXX";
    if (!suits_a_socket(folder)) continue;
    if (::mkdtemp(folder.data()) != nullptr && ::chmod(folder.c_str(), 0700) == 0) return folder;
    error = errno;
  }
  return fail(errno_error(Code::kUnreachable, "no folder for a private ssh-agent", error));
}

void remove_agent_folder(const std::string& folder) {
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

}  // namespace

Result<PrivateAgent> PrivateAgent::start(const std::string& providers) {
  HALLIGAN_TRY(Pipe said, make_pipe());
  HALLIGAN_TRY(PrivateAgent agent, spawn(providers, said.write));
  said.write.reset();
  HALLIGAN_CHECK(agent.wait_until_ready(said.read));
  return agent;
}

Result<PrivateAgent> PrivateAgent::spawn(const std::string& providers, const Descriptor& said) {
  HALLIGAN_TRY(Pipe life, make_pipe());
  const SignalHold hold;  // a Ctrl-C finds no folder, or one that somebody will remove
  HALLIGAN_TRY(std::string folder, make_agent_folder());
  std::vector<std::string> argv{"ssh-agent", "-a", folder + kSocketName};
  if (!providers.empty()) argv.insert(argv.end(), {"-P", providers});
  argv.insert(argv.end(), {"/bin/sh", "-c", kKeeper, "halligan-agent", folder});
  auto keeper = Child::spawn(argv, {life.read.get(), said.get(), -1}, Session::kNew);
  if (!keeper) {
    remove_agent_folder(folder);
    Error error = std::move(keeper).error();
    error.hint = "install it: apt install openssh-client";
    return fail(std::move(error));
  }
  return PrivateAgent(std::move(folder), *std::move(keeper), std::move(life.write));
}

Result<> PrivateAgent::wait_until_ready(const Descriptor& said) {
  const auto deadline = AgentClock::now() + kAgentStart;
  std::string line;
  while (!line.ends_with('\n')) {
    if (!readable_until(said.get(), deadline)) {
      return fail(Code::kUnreachable, "a private ssh-agent did not start in time");
    }
    std::array<char, 32> piece;
    const ssize_t got = ::read(said.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return fail(Code::kUnreachable, "a private ssh-agent did not start");
    line.append(piece.data(), static_cast<std::size_t>(got));
  }
  pid_t pid = 0;
  const auto number = std::from_chars(line.data(), line.data() + line.size() - 1, pid);
  if (number.ec == std::errc() && pid > 0) agent_ = Descriptor(::pidfd_open(pid, 0));
  if (!agent_) return fail(Code::kUnreachable, "a private ssh-agent ended at once");
  return {};
}

std::string PrivateAgent::socket() const { return folder_ + kSocketName; }

PrivateAgent::~PrivateAgent() {
  if (!life_line_) return;
  life_line_.reset();
  const auto deadline = AgentClock::now() + kAgentEnd;
  static_cast<void>(readable_until(keeper_.ended_fd(), deadline));
  if (agent_) static_cast<void>(readable_until(agent_.get(), deadline));
  remove_agent_folder(folder_);  // for the case that the shell did not come to it
}

}  // namespace halligan::io
