#include "io/foreground.hpp"

#include <poll.h>
#include <sys/signalfd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "io/spawn.hpp"

namespace halligan::io {
namespace {

// A program like ssh notes a signal and looks at the note before it waits for its peer: one that comes
// between the two is heeded only when something else happens. So it is said again.
constexpr int kAgainMs = 500;

// Signals that end a program wait here to be read; what was not read takes effect at the end.
class SignalInbox {
 public:
  SignalInbox() {
    sigset_t kept;
    sigemptyset(&kept);
    for (const int each : {SIGINT, SIGQUIT, SIGTERM, SIGHUP}) sigaddset(&kept, each);
    ::pthread_sigmask(SIG_BLOCK, &kept, &before_);
    fd_ = Descriptor(::signalfd(-1, &kept, SFD_CLOEXEC | SFD_NONBLOCK));
  }
  ~SignalInbox() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalInbox(const SignalInbox&) = delete;
  SignalInbox& operator=(const SignalInbox&) = delete;

  const Descriptor& fd() const { return fd_; }

  /// The next signal, or 0.
  int take() {
    signalfd_siginfo info{};
    return ::read(fd_.get(), &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
  }

 private:
  sigset_t before_{};
  Descriptor fd_;
};

}  // namespace

Result<Returned> run_in_foreground(const std::vector<std::string>& argv) {
  SignalInbox inbox;
  if (!inbox.fd()) return fail(errno_error(Code::kUnreachable, "signalfd", errno));
  HALLIGAN_TRY(Child child, Child::spawn(argv, {STDIN_FILENO, -1, -1}));
  Returned returned;
  int passed_on = 0;
  for (bool ended = false; !ended;) {
    std::array<pollfd, 2> polled{{{child.ended_fd(), POLLIN, 0}, {inbox.fd().get(), POLLIN, 0}}};
    const int ready = ::poll(polled.data(), polled.size(), passed_on == 0 ? -1 : kAgainMs);
    if (ready < 0 && errno != EINTR) break;
    ended = ready > 0 && polled[0].revents != 0;
    for (int signal = inbox.take(); signal != 0; signal = inbox.take()) {
      returned.interrupted = true;
      if (signal == SIGTERM || signal == SIGHUP) passed_on = signal;
    }
    if (!ended && passed_on != 0) child.signal(passed_on);
  }
  HALLIGAN_TRY(returned.exit_code, child.wait());
  return returned;
}

}  // namespace halligan::io
