// Ctrl-C while a token waits: the token is told first, then the program ends as it would have.
#pragma once

#include <array>
#include <csignal>

namespace halligan::fido {

/// While it lives, SIGINT, SIGTERM and SIGHUP only leave their number behind, where their action was the
/// default; handlers and "ignore" (nohup) of the program around us stay as they are. One thread at a time.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  /// The signal that came, or 0. Stays until the end of the process.
  static int caught();
  /// Give the signal that came, if one did, to the action that it found, which ends the process. Only when no
  /// Interruption lives.
  static void die_if_caught();

  /// A line without an end stands on the terminal at stderr: the handler takes it away itself, because by the
  /// time that the token has been told, the shell may have written its prompt there.
  static void line_stands(bool stands);
  static bool line_stands();

 private:
  static constexpr std::array<int, 3> kSignals{SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, kSignals.size()> saved_{};
};

}  // namespace halligan::fido
