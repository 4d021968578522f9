// Signals held back while something must not be left half done, or read where they are waited for.
#pragma once

#include <array>
#include <csignal>
#include <span>

#include "base/result.hpp"
#include "io/descriptor.hpp"

namespace halligan::io {

inline constexpr std::span<const int> kNoSignals;
/// Signals that end a program, by the user's or the system's wish, and those that also stop one.
inline constexpr std::array kEndingSignals{SIGINT, SIGQUIT, SIGTERM, SIGHUP};
inline constexpr std::array kEndingOrStoppingSignals{SIGINT,  SIGQUIT, SIGTERM, SIGHUP,
                                                     SIGALRM, SIGTSTP, SIGTTIN, SIGTTOU};

/// While it lives, the signals of the list wait, unless they are ignored (nohup); those that were not taken
/// are delivered at the end. A write to a pipe that nobody reads, or over the file size limit, is an error
/// (EPIPE, EFBIG) instead of SIGPIPE or SIGXFSZ. For one thread at a time.
class SignalHold {
 public:
  explicit SignalHold(std::span<const int> signals = kEndingOrStoppingSignals);
  ~SignalHold();
  SignalHold(const SignalHold&) = delete;
  SignalHold& operator=(const SignalHold&) = delete;

  /// A descriptor that is readable while a held signal waits. @errors kUnreachable
  Result<Descriptor> inbox() const;
  /// The next signal that waits, which is then as if it had not come; 0 for none.
  int take() const;

 private:
  sigset_t held_{};
  sigset_t mask_before_{};
  struct sigaction broken_pipe_before_ {};
  struct sigaction file_size_before_ {};
};

}  // namespace halligan::io
