// Where a touch comes from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "softkey/env.hpp"

namespace halligan::softkey {

enum class TouchMode { kAuto, kAsk, kNever, kAfter };

struct TouchSettings {
  TouchMode mode = TouchMode::kAuto;
  std::int64_t after_ms = 0;         ///< kAfter
  std::int64_t timeout_ms = 30'000;  ///< how long the token waits
};

/// "auto", "ask", "never" or a number of milliseconds. @errors kUsage
Result<TouchSettings> parse_touch(const std::string& text);

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
