#include "io/spawn.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>

// glibc 2.36 declares it without C linkage for C++.
extern "C" {
#include <sys/pidfd.h>
}

namespace halligan::io {
namespace {

struct Actions {
  posix_spawn_file_actions_t raw;
  Actions() { ::posix_spawn_file_actions_init(&raw); }
  ~Actions() { ::posix_spawn_file_actions_destroy(&raw); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
};

struct Attributes {
  posix_spawnattr_t raw;
  Attributes() { ::posix_spawnattr_init(&raw); }
  ~Attributes() { ::posix_spawnattr_destroy(&raw); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
};

int prepare(Actions& actions, Attributes& attributes, const Streams& streams, Session session) {
  int error = streams.in >= 0
                  ? ::posix_spawn_file_actions_adddup2(&actions.raw, streams.in, STDIN_FILENO)
                  : ::posix_spawn_file_actions_addopen(&actions.raw, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (error == 0 && streams.out >= 0) {
    error = ::posix_spawn_file_actions_adddup2(&actions.raw, streams.out, STDOUT_FILENO);
  }
  if (error == 0 && streams.err >= 0) {
    error = ::posix_spawn_file_actions_adddup2(&actions.raw, streams.err, STDERR_FILENO);
  }
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  sigdelset(&all, SIGKILL);
  sigdelset(&all, SIGSTOP);
  if (error == 0) error = ::posix_spawnattr_setsigmask(&attributes.raw, &none);
  if (error == 0) error = ::posix_spawnattr_setsigdefault(&attributes.raw, &all);
  if (error == 0) {
    const int own = session == Session::kNew ? POSIX_SPAWN_SETSID : 0;
    error = ::posix_spawnattr_setflags(
        &attributes.raw, static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | own));
  }
  return error;
}

// A parent that ignores SIGCHLD hands that on to us, and the kernel would throw our children's results away.
void want_results() {
  struct sigaction action {};
  ::sigaction(SIGCHLD, nullptr, &action);
  if (action.sa_handler != SIG_IGN) return;
  action.sa_handler = SIG_DFL;
  ::sigaction(SIGCHLD, &action, nullptr);
}

}  // namespace

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(errno_error(Code::kUnreachable, "pipe", errno));
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

Result<Child> Child::spawn(const std::vector<std::string>& argv, const Streams& streams, Session session) {
  if (argv.empty() || argv[0].empty()) return fail(Code::kInternal, "no program to run");
  std::vector<char*> raw;
  for (const std::string& argument : argv) raw.push_back(const_cast<char*>(argument.c_str()));
  raw.push_back(nullptr);
  want_results();
  Actions actions;
  Attributes attributes;
  int error = prepare(actions, attributes, streams, session);
  pid_t pid = -1;
  if (error == 0) error = ::posix_spawnp(&pid, raw[0], &actions.raw, &attributes.raw, raw.data(), environ);
  if (error != 0) return fail(errno_error(Code::kUnreachable, "cannot run " + argv[0], error));
  Child child(pid, Descriptor(::pidfd_open(pid, 0)));
  if (!child.ended_) return fail(errno_error(Code::kUnreachable, "cannot watch " + argv[0], errno));
  return child;
}

Child::Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)), ended_(std::move(other.ended_)) {}

Child::~Child() {
  if (pid_ < 0) return;
  signal(SIGKILL);
  static_cast<void>(wait());
}

void Child::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

Result<int> Child::wait() {
  int status = 0;
  pid_t ended = -1;
  do {
    ended = ::waitpid(pid_, &status, 0);
  } while (ended < 0 && errno == EINTR);
  pid_ = -1;
  if (ended < 0) return fail(errno_error(Code::kInternal, "waiting for a child", errno));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace halligan::io
