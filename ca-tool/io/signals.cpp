#include "io/signals.hpp"

#include <sys/signalfd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace halligan::io {

SignalHold::SignalHold(std::span<const int> signals) {
  sigemptyset(&held_);
  for (const int each : signals) {
    struct sigaction action {};
    ::sigaction(each, nullptr, &action);
    if (action.sa_handler != SIG_IGN) sigaddset(&held_, each);
  }
  ::pthread_sigmask(SIG_BLOCK, &held_, &mask_before_);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &broken_pipe_before_);
  ::sigaction(SIGXFSZ, &ignore, &file_size_before_);
}

SignalHold::~SignalHold() {
  ::sigaction(SIGXFSZ, &file_size_before_, nullptr);
  ::sigaction(SIGPIPE, &broken_pipe_before_, nullptr);
  ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

Result<Descriptor> SignalHold::inbox() const {
  Descriptor fd(::signalfd(-1, &held_, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) return fail(errno_error(Code::kUnreachable, "signalfd", errno));
  return fd;
}

int SignalHold::take() const {
  const std::timespec at_once{};
  return std::max(::sigtimedwait(&held_, nullptr, &at_once), 0);
}

}  // namespace halligan::io
