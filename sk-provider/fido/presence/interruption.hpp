// Ctrl-C while a token waits: the request is cancelled on the token first, then the program ends as usual.
#pragma once

#include <array>
#include <csignal>

namespace halligan::fido {

/// While it exists, SIGINT, SIGTERM and SIGHUP only store their number, if their action was the default;
/// handlers and "ignore" (nohup) of the surrounding program stay as they are. One thread at a time.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  /// The signal that arrived, or 0. It stays until the end of the process.
  static int caught();
  /// Raise the signal that arrived, if one did, which ends the process. Only when there is no Interruption.
  static void die_if_caught();

  /// There is an unfinished line on the terminal with this descriptor. The handler erases it itself: by the
  /// time that the token has answered, the shell may have written its prompt there.
  static void line_drawn(int fd);
  static void line_erased();
  static bool line_drawn();

 private:
  static constexpr std::array<int, 3> kSignals{SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, kSignals.size()> saved_{};
};

}  // namespace halligan::fido
