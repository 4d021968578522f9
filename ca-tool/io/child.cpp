#include "io/child.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>

#include "base/program.hpp"
#include "io/ownership.hpp"

// glibc 2.36 declares it without C linkage for C++.
extern "C" {
#include <sys/pidfd.h>
}

namespace halligan::io {
namespace {

constexpr std::chrono::seconds kGrace{1};  // between SIGTERM and SIGKILL

struct Setup {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  Setup() {
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&attributes);
  }
  ~Setup() {
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&files);
  }
  Setup(const Setup&) = delete;
  Setup& operator=(const Setup&) = delete;

  int stream(int from, int to) {
    return from >= 0 ? ::posix_spawn_file_actions_adddup2(&files, from, to)
                     : ::posix_spawn_file_actions_addopen(&files, to, "/dev/null", O_RDWR, 0);
  }
  int signals(Session session) {
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    sigdelset(&all, SIGKILL);
    sigdelset(&all, SIGSTOP);
    const int own = session == Session::kNew ? POSIX_SPAWN_SETSID : 0;
    const auto flags = static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | own);
    int error = ::posix_spawnattr_setsigmask(&attributes, &none);
    if (error == 0) error = ::posix_spawnattr_setsigdefault(&attributes, &all);
    return error != 0 ? error : ::posix_spawnattr_setflags(&attributes, flags);
  }
};

// Our environment with these changes, one NAME=VALUE each.
std::vector<std::string> changed_environment(const Variables& variables) {
  std::vector<std::string> words;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    const std::string_view word(*each);
    const std::string_view name = word.substr(0, word.find('='));
    if (std::ranges::none_of(variables, [&](const auto& changed) { return changed.first == name; }))
      words.emplace_back(word);
  }
  for (const auto& [name, value] : variables) {
    if (value) words.push_back(name + "=" + *value);
  }
  return words;
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> raw;
  for (const std::string& word : words) raw.push_back(const_cast<char*>(word.c_str()));
  raw.push_back(nullptr);
  return raw;
}

// Whoever started us may have had SIGCHLD ignored: the kernel would discard our children's exit statuses.
void keep_exit_statuses() {
  struct sigaction action {};
  ::sigaction(SIGCHLD, nullptr, &action);
  if (action.sa_handler == SIG_IGN) ::signal(SIGCHLD, SIG_DFL);
}

}  // namespace

Descriptor watch_process(pid_t pid) { return Descriptor(::pidfd_open(pid, 0)); }

Result<Child> Child::start(const std::vector<std::string>& argv, const Streams& streams, Session session,
                           const Variables& variables) {
  if (argv.empty() || argv[0].empty()) return fail(Code::kInternal, "no program to run");
  HALLIGAN_TRY(const std::string program, find_program(argv[0]));
  // A program that is named by its path was chosen; one that PATH leads to may be somebody else's.
  if (program != argv[0]) HALLIGAN_CHECK(check_program(program));
  const std::vector<char*> raw = pointers(argv);
  const std::vector<std::string> changed = changed_environment(variables);
  const std::vector<char*> environment = pointers(changed);
  keep_exit_statuses();
  Setup setup;
  int error = setup.stream(streams.in, STDIN_FILENO);
  if (error == 0) error = setup.stream(streams.out, STDOUT_FILENO);
  if (error == 0) error = setup.stream(streams.err, STDERR_FILENO);
  if (error == 0) error = setup.signals(session);
  pid_t pid = -1;
  if (error == 0) {
    error =
        ::posix_spawn(&pid, program.c_str(), &setup.files, &setup.attributes, raw.data(), environment.data());
  }
  if (error != 0) return fail(errno_error(Code::kUnreachable, "cannot run " + argv[0], error));
  Child child(pid, session, watch_process(pid));
  if (!child.ended_) return fail(errno_error(Code::kUnreachable, "cannot watch " + argv[0], errno));
  return child;
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), session_(other.session_), ended_(std::move(other.ended_)) {}

Child::~Child() {
  if (pid_ < 0) return;
  signal(SIGKILL);
  static_cast<void>(wait());
}

void Child::signal(int number) const {
  if (pid_ > 0) ::kill(session_ == Session::kNew ? -pid_ : pid_, number);
}

void Child::end() {
  signal(SIGTERM);
  // What it has started may have taken no notice.
  if (!readable_until(ended_fd(), Deadline::clock::now() + kGrace) || session_ == Session::kNew)
    signal(SIGKILL);
  static_cast<void>(wait());
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
