// Where a touch comes from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "softkey/env.hpp"

namespace halligan::softkey {

enum class TouchMode {
  kAuto,
  kAsk,
  kNever,
  kAfter,
  kField,  ///< a card: being put into the reader is the gesture
};

struct TouchSettings {
  TouchMode mode = TouchMode::kAuto;
  std::int64_t after_ms = 0;         ///< kAfter
  std::int64_t timeout_ms = 30'000;  ///< how long the token waits
};

/// "auto", "ask", "never", "field" or a number of milliseconds. @errors kUsage
Result<TouchSettings> parse_touch(const std::string& text);

/// The user presence of a card without a button: it comes with power, lasts two minutes at most, and the
/// first operation that needs it uses it up. @source CTAP 2.1, section 5, "evidence of user interaction",
/// NFC; the specification sets the two minutes, and that one tap is good for one operation is its strictest
/// reading
class FieldPresence {
 public:
  void power_up(std::int64_t now_ms) { until_ms_ = now_ms + kLongestMs; }
  /// True if it was there; it is gone then.
  bool use(std::int64_t now_ms) { return now_ms < std::exchange(until_ms_, 0); }

 private:
  static constexpr std::int64_t kLongestMs = 120'000;
  std::int64_t until_ms_ = 0;
};

/// A person at the terminal: Enter touches, "n" and Enter refuses.
class Terminal {
 public:
  Terminal();
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  /// −1: nobody can be asked.
  int fd() const { return fd_; }
  /// Forget what was typed before the question, then ask it.
  void ask(const std::string& token, const TouchRequest& request);
  /// To be called when fd() is readable; nothing until the line is complete or the terminal is gone.
  std::optional<Touch> answer();
  void say(const std::string& text);

 private:
  int fd_ = -1;
  bool owned_ = false;
  std::string line_;
};

}  // namespace halligan::softkey
