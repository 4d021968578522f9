#include "io/private_agent.hpp"

#include <sys/stat.h>
#include <sys/wait.h>

#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <optional>

#include "faults.hpp"
#include "folder.hpp"
#include "io/process.hpp"
#include "io/unix_socket.hpp"

using namespace halligan;
using namespace halligan::io;

namespace {

constexpr std::array<std::uint8_t, 5> kListKeys{0, 0, 0, 1, 11};

// A variable for one test.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* before = ::getenv(name)) before_ = before;
    ::setenv(name, value.c_str(), 1);
  }
  ~Variable() { before_ ? ::setenv(name_, before_->c_str(), 1) : ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

Result<Bytes> keys_over(UnixSocket& connection) {
  return connection.ask(kListKeys, 1024, std::chrono::seconds(10));
}

// Until the last writer is gone.
std::string read_all(const Descriptor& from) {
  std::string text;
  std::array<char, 256> piece;
  while (true) {
    const ssize_t got = ::read(from.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
}

std::string read_line(const Descriptor& from) {
  std::string line;
  for (char c = 0; ::read(from.get(), &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

// A process of its own that owns a private agent, until it is killed. `gone` ends when that process and the
// agent's keeper have.
struct Owner {
  pid_t pid = -1;
  std::string socket;
  Descriptor gone;

  Owner() {
    Pipe path = make_pipe().value();
    Pipe end = make_pipe().value();
    pid = ::fork();
    if (pid == 0) own(path.write, end.write);
    path.write.reset();
    end.write.reset();
    socket = read_line(path.read);
    gone = std::move(end.read);
  }

  // Its stderr, which the keeper inherits, is the pipe that ends.
  [[noreturn]] static void own(const Descriptor& path, Descriptor& end) {
    ::setpgid(0, 0);
    ::signal(SIGINT, SIG_IGN);
    ::signal(SIGTERM, SIG_DFL);  // not Catch2's
    ::dup2(end.get(), STDERR_FILENO);
    end.reset();
    const auto agent = PrivateAgent::start();
    if (!agent) ::_exit(1);
    const std::string line = agent->socket() + "\n";
    if (::write(path.get(), line.data(), line.size()) < 0) ::_exit(1);
    while (true) ::pause();
  }
};

}  // namespace

TEST_CASE("a private agent is a real one, and goes with its folder") {
  faults().reset();
  const Folder folder;
  const Variable runtime("XDG_RUNTIME_DIR", folder.path());
  auto agent = std::make_unique<PrivateAgent>(PrivateAgent::start("/nowhere/*").value());
  CHECK(agent->folder().starts_with(folder / "halligan-agent."));
  struct stat seen {};
  REQUIRE(::stat(agent->folder().c_str(), &seen) == 0);
  CHECK((seen.st_mode & 07777) == 0700);
  const Finished listed = run({.argv = {"env", "SSH_AUTH_SOCK=" + agent->socket(), "ssh-add", "-l"}}).value();
  CHECK(listed.out == "The agent has no identities.\n");
  auto connection = UnixSocket::connect(agent->socket()).value();
  CHECK(keys_over(connection));
  agent.reset();
  CHECK_FALSE(keys_over(connection));  // the process is gone, not only its name
  CHECK(folder.listing().empty());
}

TEST_CASE("a private agent does not outlive its owner, whatever ends that") {
  faults().reset();
  const int signal = GENERATE(SIGKILL, SIGTERM);
  const Folder folder;
  const Variable runtime("XDG_RUNTIME_DIR", folder.path());
  const Owner owner;
  auto connection = UnixSocket::connect(owner.socket).value();
  CHECK(keys_over(connection));
  REQUIRE(::kill(owner.pid, signal) == 0);
  REQUIRE(::waitpid(owner.pid, nullptr, 0) == owner.pid);
  CHECK(read_all(owner.gone).empty());
  CHECK_FALSE(keys_over(connection));
  CHECK(folder.listing().empty());
}

TEST_CASE("Ctrl-C at the owner's terminal is not the agent's business") {
  faults().reset();
  const Folder folder;
  const Variable runtime("XDG_RUNTIME_DIR", folder.path());
  const Owner owner;
  auto connection = UnixSocket::connect(owner.socket).value();
  REQUIRE(::kill(-owner.pid, SIGINT) == 0);
  CHECK(keys_over(connection));
  REQUIRE(::kill(owner.pid, SIGKILL) == 0);
  REQUIRE(::waitpid(owner.pid, nullptr, 0) == owner.pid);
  CHECK(read_all(owner.gone).empty());
}

TEST_CASE("a runtime folder that cannot be used is skipped") {
  faults().reset();
  const Folder folder;
  const std::string unusable =
      GENERATE(std::string("/none"), std::string("relative"), std::string(), "/tmp/" + std::string(90, 'x'));
  const Variable runtime("XDG_RUNTIME_DIR", unusable);
  const Variable temporary("TMPDIR", folder.path());
  const auto agent = PrivateAgent::start().value();
  CHECK(agent.folder().starts_with(folder.path()));
}

// `su` and `sudo -E` leave the variable as it was: the folder is another user's.
TEST_CASE("a runtime folder in which another user may put something is skipped") {
  faults().reset();
  const Folder folder;
  const std::string outer = folder / "outer";
  const std::string inner = outer + "/inner";
  REQUIRE(std::filesystem::create_directories(inner));
  ::chmod(inner.c_str(), 0700);
  ::chmod(outer.c_str(), 0755);
  const auto started_in = [&](const std::string& runtime) {
    const Variable variable("XDG_RUNTIME_DIR", runtime);
    const Variable temporary("TMPDIR", folder / "none");
    const auto agent = PrivateAgent::start().value();
    return agent.folder().substr(0, agent.folder().rfind('/'));
  };
  REQUIRE(started_in(inner) == inner);
  REQUIRE(::symlink("outer/inner", (folder / "link").c_str()) == 0);
  CHECK(started_in(folder / "link") == inner);  // by its own name, which nobody can exchange
  for (const auto& [path, mode] :
       {std::pair(inner, 0770), std::pair(inner, 0702), std::pair(outer, 0775), std::pair(outer, 0777)}) {
    INFO(path << " " << mode);
    ::chmod(path.c_str(), static_cast<mode_t>(mode));
    CHECK(started_in(inner) == "/tmp");
    CHECK(started_in(folder / "link") == "/tmp");
    ::chmod(path.c_str(), 0755);
  }
  ::chmod(outer.c_str(), 01777);  // as /tmp
  CHECK(started_in(inner) == inner);
  if (::geteuid() != 0) return;  // only root can give a folder away
  for (const std::string& path : {inner, outer}) {
    REQUIRE(::chown(path.c_str(), 65534, 65534) == 0);
    CHECK(started_in(inner) == "/tmp");
    REQUIRE(::chown(path.c_str(), 0, 0) == 0);
  }
  CHECK(started_in(inner) == inner);
}

TEST_CASE("a runtime folder whose name ssh would read in another way is skipped") {
  faults().reset();
  const Folder folder;
  const std::string name = GENERATE("100%", "two words", "${HOME}");
  REQUIRE(::mkdir((folder / name).c_str(), 0700) == 0);
  const Variable runtime("XDG_RUNTIME_DIR", folder / name);
  const Variable temporary("TMPDIR", folder.path());
  const auto agent = PrivateAgent::start().value();
  CHECK(agent.folder().starts_with(folder / "halligan-agent."));
}

TEST_CASE("an agent that does not start leaves nothing behind") {
  faults().reset();
  struct Row {
    const char* program;  // in the place of ssh-agent
    const char* message;
  };
  const auto row =
      GENERATE(values<Row>({{"", "cannot run ssh-agent: No such file or directory"},
                            {"#!/bin/sh\nexit 1\n", "the private ssh-agent did not start"},
                            {"#!/bin/sh\necho\n", "the private ssh-agent exited at once"},
                            {"#!/bin/sh\necho 0\n", "the private ssh-agent exited at once"},
                            {"#!/bin/sh\necho what is this\n", "the private ssh-agent exited at once"}}));
  const Folder programs;
  const Folder folder;
  if (*row.program != '\0') {
    programs.put("ssh-agent", row.program);
    REQUIRE(::chmod((programs / "ssh-agent").c_str(), 0700) == 0);
  }
  const Variable path("PATH", programs.path());
  const Variable runtime("XDG_RUNTIME_DIR", folder.path());
  const auto agent = PrivateAgent::start();
  REQUIRE_FALSE(agent);
  CHECK(agent.error().code == Code::kUnreachable);
  CHECK(agent.error().message == row.message);
  CHECK(folder.listing().empty());
}
