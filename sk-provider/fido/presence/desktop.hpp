// The desktop notification that a token waits, for those who do not see the terminal: agents have none.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

namespace halligan::fido {

/// Uses notify-send(1), if it is installed: one process for each wait, not waited for, and ended with it.
class Desktop {
 public:
  Desktop() = default;
  Desktop(const Desktop&) = delete;
  Desktop& operator=(const Desktop&) = delete;
  ~Desktop() { done(); }

  /// Show it, unless it is already shown for this wait. Does nothing without a session bus, or in a process
  /// that runs with more privileges than its caller.
  /// @param left when the notification may disappear by itself
  void show(const std::string& text, std::chrono::seconds left);
  /// The wait is over.
  void done();

 private:
  bool shown_ = false;
  pid_t child_ = -1;
};

/// `text` as the body of a notification, where <, > and & would be markup.
std::string as_body(const std::string& text);

}  // namespace halligan::fido
