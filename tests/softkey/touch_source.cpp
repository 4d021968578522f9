#include "softkey/touch_source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "base/codec.hpp"

namespace halligan::softkey {

Result<TouchSettings> parse_touch(const std::string& text) {
  TouchSettings settings;
  if (text == "auto") return settings;
  settings.mode = text == "ask"     ? TouchMode::kAsk
                  : text == "never" ? TouchMode::kNever
                  : text == "field" ? TouchMode::kField
                                    : TouchMode::kAfter;
  if (settings.mode != TouchMode::kAfter) return settings;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), settings.after_ms);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || settings.after_ms < 0)
    return fail(Code::kUsage, "--touch: not auto, ask, never, field or a number of milliseconds: " + text);
  return settings;
}

Terminal::Terminal() : fd_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
  owned_ = fd_ >= 0;
  if (!owned_) fd_ = STDIN_FILENO;
}

Terminal::~Terminal() {
  if (owned_) ::close(fd_);
}

void Terminal::say(const std::string& text) {
  // With stdin instead of a terminal, what is said goes where people read.
  const int out = owned_ ? fd_ : STDERR_FILENO;
  if (::write(out, text.data(), text.size()) < 0) return;  // nobody there: the time-out speaks
}

void Terminal::ask(const std::string& token, const TouchRequest& request) {
  line_.clear();
  if (fd_ >= 0) ::tcflush(fd_, TCIFLUSH);
  const std::string rp = request.rp_id.empty() ? "" : fmt::format(" for {}", printable(request.rp_id));
  say(fmt::format("\n{}: touch to {}{}{}? [Enter = touch, n = no] ", token, request.operation, rp,
                  request.verification ? " (verifies who you are)" : ""));
}

std::optional<Touch> Terminal::answer() {
  char c = 0;
  const ssize_t count = ::read(fd_, &c, 1);
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return std::nullopt;
  if (count <= 0) {
    // End of input: from now on nobody can be asked, and the time-out decides.
    if (owned_) ::close(fd_);
    owned_ = false;
    fd_ = -1;
    return std::nullopt;
  }
  if (c != '\n' && c != '\r') {
    line_ += c;
    return std::nullopt;
  }
  const bool no = !line_.empty() && (line_[0] == 'n' || line_[0] == 'N');
  line_.clear();
  return no ? Touch::kRefused : Touch::kGiven;
}

}  // namespace halligan::softkey
