// Announces that a token waits for a person: on stderr, or on the terminal if stderr is not one, and on the
// desktop if so configured.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/descriptor.hpp"
#include "fido/presence/desktop.hpp"
#include "fido/presence/interruption.hpp"
#include "fido/presence/presence.hpp"

namespace halligan::fido {

/// On a terminal: one line with a countdown, at most 80 columns wide, refreshed in place and removed
/// afterwards; where TERM is dumb, one line. Elsewhere: one line, once the wait has lasted a while. Catches
/// signals meanwhile, and is cancelled by one that an Interruption caught.
class TouchNotice : public Presence {
 public:
  struct Style {
    std::chrono::milliseconds silence{0};  ///< before the line, without a terminal
    bool desktop = false;                  ///< also show a desktop notification
    bool announces_pin = false;            ///< say of which tokens a PIN will be asked for, if of several
  };

  /// @param purpose what the touch is for: "to sign for ssh:"
  TouchNotice(std::string_view purpose, Style style);
  ~TouchNotice() override;

  void touch_awaited(std::string_view token, std::chrono::seconds left) override;
  void touch_over() override;
  void choice_awaited(std::span<const std::string> tokens, std::chrono::seconds left) override;
  void choice_over() override;
  void pin_awaited(std::span<const std::string> tokens) override;
  bool token_awaited(std::string_view missing, std::chrono::seconds left) override;
  void token_over() override;
  bool cancelled() override;

 private:
  using Clock = std::chrono::steady_clock;

  void tell(const std::string& drawn, const std::string& said, std::chrono::seconds left);
  void begin();
  void end();
  void draw(const std::string& text, std::chrono::seconds left);
  void erase();

  std::string purpose_;
  Style style_;
  Descriptor beside_;  ///< the terminal, if stderr is not one
  int fd_;             ///< what is written to
  bool terminal_;      ///< somebody is there
  bool draws_;         ///< and it takes control sequences
  std::optional<Interruption> waiting_;
  bool choosing_ = false;
  bool said_ = false;
  Clock::time_point began_;
  std::chrono::seconds shown_{-1};
  Desktop desktop_;
};

/// Can anybody be asked on a terminal?
bool has_controlling_terminal();

}  // namespace halligan::fido
