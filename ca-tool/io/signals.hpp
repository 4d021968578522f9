// Signals held back while something must not be left half done.
#pragma once

#include <csignal>

namespace halligan::io {

/// While it lives, the signals that end or stop a program by somebody's wish wait, and a write over the file
/// size limit is an error (EFBIG) instead of SIGXFSZ. What came meanwhile is delivered at the end. One thread
/// only.
class SignalHold {
 public:
  SignalHold();
  ~SignalHold();
  SignalHold(const SignalHold&) = delete;
  SignalHold& operator=(const SignalHold&) = delete;

 private:
  sigset_t before_{};
  struct sigaction file_size_before_ {};
};

}  // namespace halligan::io
