// The person at the keyboard: where PINs come from and how a touch is asked for.
#pragma once

#include <csignal>
#include <optional>
#include <string>

#include "ca/token_session.hpp"
#include "token/presence.hpp"

namespace halligan::cli {

/// PINs from --pin-fd, or from the terminal or askpass as OpenSSH would; a descriptor has only one to give.
class PersonsPin final : public ca::PinSource {
 public:
  explicit PersonsPin(std::optional<int> fd) : fd_(fd) {}
  Result<Pin> ask(const std::optional<Error>& wrong) override;

 private:
  std::optional<int> fd_;
};

/// Asks for a touch on stderr: counted down on a terminal, one line elsewhere. While it waits, Ctrl-C (and
/// SIGTERM, SIGHUP) ends the wait on the token first; interrupted_by() then says what the process should die
/// of.
class TouchNotice final : public token::Presence {
 public:
  /// @param purpose "to sign the certificate"
  explicit TouchNotice(std::string purpose);
  ~TouchNotice() override { touch_over(); }

  void touch_awaited(std::string_view token, std::chrono::seconds left) override;
  void touch_over() override;
  bool cancelled() override;

 private:
  void catch_signals();
  void release_signals();

  std::string purpose_;
  bool terminal_;
  bool waiting_ = false;
  std::chrono::seconds shown_{-1};
  struct sigaction saved_[3]{};
};

/// The signal that ended a wait for a touch, or 0.
int interrupted_by();

}  // namespace halligan::cli
