#include "io/signals.hpp"

#include <initializer_list>

namespace halligan::io {

SignalHold::SignalHold() {
  sigset_t held;
  sigemptyset(&held);
  for (const int each : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGALRM, SIGPIPE}) sigaddset(&held, each);
  ::pthread_sigmask(SIG_BLOCK, &held, &before_);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGXFSZ, &ignore, &file_size_before_);
}

SignalHold::~SignalHold() {
  ::sigaction(SIGXFSZ, &file_size_before_, nullptr);
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace halligan::io
