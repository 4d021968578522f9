// The notification on a desktop that a token waits, for those who do not look at the terminal: agents have
// none.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

namespace halligan::fido {

/// Through notify-send(1), which must be installed: one program started for each wait, never waited for, and
/// gone with it.
class Desktop {
 public:
  Desktop() = default;
  Desktop(const Desktop&) = delete;
  Desktop& operator=(const Desktop&) = delete;
  ~Desktop() { done(); }

  /// Show it, unless this wait's is shown already. Does nothing without a session bus, and nothing in a
  /// process that runs with more rights than its caller.
  /// @param left when the notification may go by itself
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
