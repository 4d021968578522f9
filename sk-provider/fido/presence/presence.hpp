// How a person learns that a token waits for them, and how they cancel that.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>

namespace halligan::fido {

/// Called during a token request, on its thread; must return at once.
class Presence {
 public:
  Presence() = default;
  Presence(const Presence&) = delete;
  Presence& operator=(const Presence&) = delete;
  virtual ~Presence() = default;

  /// The token blinks and waits for a touch; called when that begins and about ten times a second afterwards.
  virtual void touch_awaited(std::string_view token, std::chrono::seconds left) = 0;
  /// The wait is over, successful or not. Called only after touch_awaited().
  virtual void touch_over() = 0;

  /// All of these tokens blink, and the one that is touched will be used; called like touch_awaited(). Until
  /// choice_over(), touch_awaited() and touch_over() concern single ones of them and add nothing.
  virtual void choice_awaited(std::span<const std::string> /*tokens*/, std::chrono::seconds /*left*/) {}
  virtual void choice_over() {}

  /// All of these require their PIN, and it is asked for before one is chosen by a touch.
  virtual void pin_awaited(std::span<const std::string> /*tokens*/) {}

  /// There is no token: can somebody insert one? Called like touch_awaited().
  /// @param missing "no token at /dev/hidraw0"
  /// @return false: nobody can; the wait ends at once
  virtual bool token_awaited(std::string_view /*missing*/, std::chrono::seconds /*left*/) { return false; }
  /// That wait is over. Called only after token_awaited().
  virtual void token_over() {}

  /// True once the person cancels: the request is then cancelled on the token, so that it stops blinking.
  virtual bool cancelled() = 0;
};

}  // namespace halligan::fido
