// What a person is told while a token waits for them, and how they say "stop".
#pragma once

#include <chrono>
#include <string_view>

namespace halligan::token {

/// Called from inside a token request, on the thread that made it; must return at once.
class Presence {
 public:
  Presence() = default;
  Presence(const Presence&) = delete;
  Presence& operator=(const Presence&) = delete;
  virtual ~Presence() = default;

  /// The token blinks and waits for a touch; called when that starts and about ten times a second after.
  virtual void touch_awaited(std::string_view token, std::chrono::seconds left) = 0;
  /// The wait is over, for good or ill. Called only after touch_awaited().
  virtual void touch_over() = 0;
  /// True once the person wants out: the request is then cancelled on the token, so that it stops blinking.
  virtual bool cancelled() = 0;
};

}  // namespace halligan::token
