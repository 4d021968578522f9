// Prompts: where PINs come from and how a touch is requested.
#pragma once

#include <optional>
#include <string>

#include "ca/token_session.hpp"
#include "fido/presence/interruption.hpp"
#include "fido/presence/touch_notice.hpp"

namespace halligan::ca {

/// PINs from --pin-fd, or from the terminal or askpass, as in OpenSSH. A descriptor gives only one.
class PinPrompt final : public PinSource {
 public:
  explicit PinPrompt(std::optional<int> fd) : fd_(fd) {}
  Result<Pin> ask(const std::optional<Error>& wrong) override;

 private:
  std::optional<int> fd_;
};

/// Asks for a touch, or for a token, on stderr. During the wait, Ctrl-C (and SIGTERM, SIGHUP) first cancels
/// the request on the token; interrupted_by() then tells which signal should end the process.
class TouchNotice final : public fido::TouchNotice {
 public:
  /// @param purpose "to sign the certificate" @param desktop as Settings::notify
  TouchNotice(std::string_view purpose, bool desktop) : fido::TouchNotice(purpose, {.desktop = desktop}) {}

  void touch_awaited(std::string_view token, std::chrono::seconds left) override;
  void touch_over() override;
  void choice_awaited(std::string_view tokens, std::chrono::seconds left) override;
  void choice_over() override;
  bool token_awaited(std::string_view missing, std::chrono::seconds left) override;
  void token_over() override;

 private:
  void catch_signals();

  std::optional<fido::Interruption> interruption_;
};

/// The signal that ended a wait for a touch, or 0.
int interrupted_by();

}  // namespace halligan::ca
