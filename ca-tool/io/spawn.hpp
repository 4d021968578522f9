// Starting a child process: what process.hpp, filter.hpp, private_agent.hpp and askpass share. Private to io.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.hpp"
#include "io/descriptor.hpp"

namespace halligan::io {

struct Pipe {
  Descriptor read;
  Descriptor write;
};

/// Both ends close on exec. @errors kUnreachable
Result<Pipe> make_pipe();

/// Where the child's standard descriptors come from; -1 is /dev/null for input and "as ours" for the other
/// two.
struct Streams {
  int in = -1;
  int out = -1;
  int err = -1;
};

/// Whose session, and so whose terminal, process group and Ctrl-C, the child is in.
enum class Session { kOurs, kNew };

/// A running child; killed and reaped if it is let go before wait().
class Child {
 public:
  /// No shell. Signals are at their defaults and none is held in the child. @errors kUnreachable
  static Result<Child> spawn(const std::vector<std::string>& argv, const Streams& streams,
                             Session session = Session::kOurs);

  ~Child();
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Readable once the child has ended.
  int ended_fd() const { return ended_.get(); }
  void signal(int number) const;

  /// @return exit status, or 128 + signal. @errors kInternal (somebody else reaped it)
  Result<int> wait();

 private:
  Child(pid_t pid, Descriptor ended) : pid_(pid), ended_(std::move(ended)) {}

  pid_t pid_;
  Descriptor ended_;
};

}  // namespace halligan::io
