// A person is told on stderr, and on the desktop if they want that, that a token waits for them.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "fido/presence/desktop.hpp"
#include "fido/presence/presence.hpp"

namespace halligan::fido {

/// On a terminal: one line with a countdown, at most 80 columns wide, refreshed in place and taken away
/// afterwards. Elsewhere: one line, once the wait has lasted a while. Wants to be interrupted when an
/// Interruption caught a signal.
class Notice : public Presence {
 public:
  struct Style {
    std::chrono::milliseconds silence{0};  ///< how long a wait stays unmentioned where there is no terminal
    bool desktop = false;                  ///< a notification on the desktop as well, if there is one
  };

  /// @param purpose what the touch is for: "to sign for ssh:"
  Notice(std::string_view purpose, Style style);
  ~Notice() override;

  void touch_awaited(std::string_view token, std::chrono::seconds left) override;
  void touch_over() override;
  void choice_awaited(std::string_view tokens, std::chrono::seconds left) override;
  void choice_over() override;
  bool token_awaited(std::string_view missing, std::chrono::seconds left) override;
  void token_over() override;
  bool cancelled() override;

 protected:
  bool waiting() const { return waiting_; }

 private:
  using Clock = std::chrono::steady_clock;

  void tell(std::string_view token, std::chrono::seconds left);
  void begin();
  void end();
  void draw(const std::string& text, std::chrono::seconds left);
  void erase();

  std::string purpose_;
  Style style_;
  bool terminal_;
  bool waiting_ = false;
  bool choosing_ = false;
  bool said_ = false;
  Clock::time_point began_;
  std::chrono::seconds shown_{-1};
  Desktop desktop_;
};

/// `text` cut to so many columns, on a character's edge, with "..." for what is missing.
std::string fitted(std::string_view text, std::size_t columns);

}  // namespace halligan::fido
