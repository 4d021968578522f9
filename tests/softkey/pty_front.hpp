// A token as a pseudo-terminal: libfido2 opens the slave as it would open a hidraw node.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include "base/bytes.hpp"
#include "softkey/front.hpp"

namespace halligan::softkey {

/// A stream of output reports (65 bytes: report id 0 in front) cut back into reports. What is out of step is
/// dropped: a client may be killed in the middle of a write.
class ReportStream {
 public:
  void receive(ByteView data, std::int64_t now_ms, const std::function<void(const Report&)>& report);

 private:
  void resynchronise();
  Bytes pending_;
  std::int64_t pending_since_ms_ = 0;
};

/// A child that has the pty as its controlling terminal, so that no client gets it: libfido2 opens without
/// O_NOCTTY, and a session leader without a terminal would read its PIN from the token's own wire.
class TerminalGuard {
 public:
  /// @param slave open file descriptor of the pty's slave. @errors kUnreachable
  static Result<TerminalGuard> start(int slave);
  TerminalGuard() = default;
  TerminalGuard(TerminalGuard&& other) noexcept : child_(std::exchange(other.child_, -1)) {}
  TerminalGuard& operator=(TerminalGuard&& other) noexcept {
    std::swap(child_, other.child_);
    return *this;
  }
  ~TerminalGuard();

 private:
  pid_t child_ = -1;
};

class PtyFront : public Front {
 public:
  /// A raw pty whose slave has mode 0600 and is reachable through the symbolic link `link`.
  /// An existing symbolic link is replaced. @errors kUnreachable, kExists: something else is there
  static Result<PtyFront> open(const std::filesystem::path& link);

  PtyFront(PtyFront&& other) noexcept;
  PtyFront& operator=(PtyFront&&) = delete;
  /// Removes the link if it is still ours.
  ~PtyFront() override;

  const std::string& path() const override { return link_.native(); }
  int fd() const override { return master_; }
  Result<> receive(std::int64_t now_ms, const std::function<void(const Report&)>& report) override;
  /// Dropped when the pty is full, as an unread hidraw node drops.
  void send(const Report& report) override;
  void discard_unread() override;

 private:
  PtyFront(int master, int slave) : master_(master), slave_(slave) {}
  int master_;
  int slave_;  ///< kept open, so that the pty survives between clients
  std::string target_;
  std::filesystem::path link_;
  ReportStream stream_;
  TerminalGuard guard_;
};

}  // namespace halligan::softkey
