#include "io/private_agent.hpp"

#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "io/ownership.hpp"
#include "io/signals.hpp"

namespace halligan::io {
namespace {

constexpr const char* kSocketName = "/agent";
constexpr std::chrono::seconds kAgentStart{10};
constexpr std::chrono::seconds kAgentEnd{5};

// $1 is the folder. ssh-agent runs this once it listens, with its process ID in the environment. `read` ends
// when the pipe is closed. The agent is the shell's child, so its process ID cannot be reused by then. It
// leads a process group: its helpers, one of which may be waiting for a touch, end with it.
constexpr const char* kKeeper =
    "trap '' HUP INT QUIT TERM PIPE\n"
    "echo \"$SSH_AGENT_PID\"\n"
    "exec >/dev/null\n"
    "read -r _\n"
    "kill -s KILL -- \"-$SSH_AGENT_PID\" \"$SSH_AGENT_PID\" 2>/dev/null\n"
    "rm -rf -- \"$1\"\n";

// Short enough for a socket, and free of characters that have a meaning in ssh's configuration.
bool suits_a_socket(const std::string& folder) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/+@-";
  return folder.find_first_not_of(kPlain) == std::string::npos &&
         folder.size() + std::string_view(kSocketName).size() < sizeof(sockaddr_un::sun_path);
}

Result<std::string> make_agent_folder() {
  Error failed = errno_error(Code::kUnreachable, "no folder of XDG_RUNTIME_DIR, TMPDIR and /tmp", ENOENT);
  for (const char* variable : {"XDG_RUNTIME_DIR", "TMPDIR", ""}) {
    const char* value = *variable == '\0' ? "/tmp" : ::secure_getenv(variable);
    if (value == nullptr || *value != '/') continue;
    // These variables outlive `su` and `sudo -E`: the folder may be another user's, who could put a socket of
    // their own in the place of ours.
    const auto safe = safe_folder(value);
    if (!safe) {
      failed = safe.error();
      failed.code = Code::kUnreachable;
      continue;
    }
    std::string folder = *safe + "/halligan-agent.XXXXXX";
    if (!suits_a_socket(folder)) continue;
    const bool made = ::mkdtemp(folder.data()) != nullptr;
    if (made && ::chmod(folder.c_str(), 0700) == 0) return folder;
    failed = errno_error(Code::kUnreachable, printable(*safe), errno);
    if (made) ::rmdir(folder.c_str());
  }
  return fail(std::move(failed).in("cannot create a folder for the private ssh-agent"));
}

void remove_agent_folder(const std::string& folder) {
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

// Until a keeper has it: out of memory is an exception.
struct FolderOfNobody {
  std::string path;

  explicit FolderOfNobody(std::string folder) : path(std::move(folder)) {}
  FolderOfNobody(const FolderOfNobody&) = delete;
  FolderOfNobody& operator=(const FolderOfNobody&) = delete;
  ~FolderOfNobody() {
    if (!path.empty()) remove_agent_folder(path);
  }
};

}  // namespace

Result<PrivateAgent> PrivateAgent::start(const std::string& providers) {
  HALLIGAN_TRY(Pipe said, make_pipe());
  HALLIGAN_TRY(PrivateAgent agent, start_keeper(providers, said.write));
  said.write.reset();
  HALLIGAN_CHECK(agent.wait_until_ready(said.read));
  return agent;
}

Result<PrivateAgent> PrivateAgent::start_keeper(const std::string& providers, const Descriptor& said) {
  HALLIGAN_TRY(Pipe life, make_pipe());
  const SignalHold hold;  // Ctrl-C comes before the folder exists, or once the keeper will remove it
  HALLIGAN_TRY(std::string made, make_agent_folder());
  FolderOfNobody folder(std::move(made));
  std::vector<std::string> argv{"ssh-agent", "-a", folder.path + kSocketName};
  if (!providers.empty()) argv.insert(argv.end(), {"-P", providers});
  argv.insert(argv.end(), {"/bin/sh", "-c", kKeeper, "halligan-agent", folder.path});
  auto keeper = Child::start(argv, {.in = life.read.get(), .out = said.get()}, Session::kNew);
  HALLIGAN_TRY(Child running, std::move(keeper).hint("install it: apt install openssh-client"));
  return PrivateAgent(std::exchange(folder.path, {}), std::move(running), std::move(life.write));
}

Result<> PrivateAgent::wait_until_ready(const Descriptor& said) {
  const auto deadline = Deadline::clock::now() + kAgentStart;
  std::string line;
  while (!line.ends_with('\n')) {
    if (!readable_until(said.get(), deadline)) {
      return fail(Code::kUnreachable, "the private ssh-agent did not start in time");
    }
    std::array<std::uint8_t, 32> piece;
    const ssize_t got = read_some(said.get(), piece);
    if (got <= 0) return fail(Code::kUnreachable, "the private ssh-agent did not start");
    line += as_text(ByteView(piece).first(static_cast<std::size_t>(got)));
  }
  line.pop_back();
  const pid_t pid = whole_number<pid_t>(line).value_or(0);
  if (pid > 0) agent_ = watch_process(pid);
  if (agent_) return {};
  if (pid <= 0 || errno == ESRCH) return fail(Code::kUnreachable, "the private ssh-agent exited at once");
  return fail(errno_error(Code::kUnreachable, "cannot watch the private ssh-agent", errno));
}

std::string PrivateAgent::socket() const { return folder_ + kSocketName; }

PrivateAgent::~PrivateAgent() {
  if (!life_line_) return;
  life_line_.reset();
  const auto deadline = Deadline::clock::now() + kAgentEnd;
  readable_until(keeper_.ended_fd(), deadline);
  if (agent_) readable_until(agent_.get(), deadline);
  remove_agent_folder(folder_);  // in case the shell did not
}

}  // namespace halligan::io
