// What a person is told while a token waits for them, and how they say "stop".
#pragma once

#include <chrono>
#include <string_view>

namespace halligan::fido {

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

  /// All of these tokens blink, and the one that is touched will be used; called as touch_awaited() is. Until
  /// choice_over(), touch_awaited() and touch_over() are about single ones of them and say nothing new.
  virtual void choice_awaited(std::string_view /*tokens*/, std::chrono::seconds /*left*/) {}
  virtual void choice_over() {}

  /// No token is there: may somebody put one in? Called as touch_awaited() is.
  /// @param missing what is missing: "no token at /dev/hidraw0"
  /// @return false: nobody is there who could; the wait ends at once
  virtual bool token_awaited(std::string_view /*missing*/, std::chrono::seconds /*left*/) { return false; }
  /// That wait is over. Called only after token_awaited().
  virtual void token_over() {}

  /// True once the person wants out: the request is then cancelled on the token, so that it stops blinking.
  virtual bool cancelled() = 0;
};

}  // namespace halligan::fido
