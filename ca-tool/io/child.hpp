// A child process. Most callers want run() of process.hpp, which is built on it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "io/descriptor.hpp"

namespace halligan::io {

/// The descriptors that become a child's standard input, output and error; -1 is /dev/null.
struct Streams {
  int in = -1;
  int out = STDOUT_FILENO;
  int err = STDERR_FILENO;
};

/// Whose session, and so whose terminal, process group and Ctrl-C, the child is in.
enum class Session { kOurs, kNew };

/// Environment variables of a child that differ from ours: name and value, or nothing to have it without.
using Variables = std::vector<std::pair<std::string, std::optional<std::string>>>;

/// Readable once that process has ended; empty, with errno set, if there is no such process.
Descriptor watch_process(pid_t pid);

/// A running child; killed and reaped if it is let go before wait().
class Child {
 public:
  /// @param argv argv[0] is looked up in PATH unless it has a slash; there is no shell
  /// In the child every signal is at its default and none is blocked. @errors kUnreachable · kBadInput
  /// (root's PATH leads to a program that somebody else can change)
  static Result<Child> start(const std::vector<std::string>& argv, const Streams& streams,
                             Session session = Session::kOurs, const Variables& variables = {});

  ~Child();
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Readable once the child has ended.
  int ended_fd() const { return ended_.get(); }
  /// To the child; to all of its process group if it has a session of its own.
  void signal(int number) const;
  /// SIGTERM, SIGKILL a second later, and reap it.
  void end();
  /// @return its exit status, or 128 + signal as in a shell. @errors kInternal (somebody else reaped it)
  Result<int> wait();

 private:
  Child(pid_t pid, Session session, Descriptor ended)
      : pid_(pid), session_(session), ended_(std::move(ended)) {}

  pid_t pid_;
  Session session_;
  Descriptor ended_;
};

}  // namespace halligan::io
