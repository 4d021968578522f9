#include "fido/presence/touch_notice.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "base/codec.hpp"
#include "base/descriptor.hpp"
#include "base/log.hpp"
#include "base/terminal.hpp"

namespace halligan::fido {
namespace {

constexpr std::size_t kWidest = 80;
constexpr std::string_view kErase = "\r\x1b[K";

// From the background the line would mix with the output of the foreground.
bool in_foreground(int fd) {
  const pid_t foreground = ::tcgetpgrp(fd);
  return foreground < 0 || foreground == ::getpgrp();
}

Descriptor controlling_terminal() { return Descriptor(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)); }

// Where stderr is caught by another program, as git does it, the terminal that this one was started from.
Descriptor terminal_beside_stderr() {
  if (::isatty(STDERR_FILENO) == 1) return {};
  Descriptor terminal = controlling_terminal();
  return terminal && in_foreground(terminal.get()) ? std::move(terminal) : Descriptor();
}

// One less than there are: some terminals begin a new line after a character in the last column.
std::size_t columns(int fd) {
  struct winsize size {};
  const bool known = ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return std::min(known ? std::size_t{size.ws_col} : kWidest, kWidest) - 1;
}

// "A or B", "A, B or C"; for a terminal.
std::string one_of(std::span<const std::string> names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    text += (i == 0 ? "" : i + 1 < names.size() ? ", " : " or ") + printable(names[i]);
  }
  return text;
}

}  // namespace

bool has_controlling_terminal() { return bool(controlling_terminal()); }

TouchNotice::TouchNotice(std::string_view purpose, Style style)
    : purpose_(printable(purpose)),
      style_(style),
      beside_(terminal_beside_stderr()),
      fd_(beside_ ? beside_.get() : STDERR_FILENO),
      terminal_(::isatty(fd_) == 1 && in_foreground(fd_)),
      draws_(terminal_ && takes_control_sequences(fd_)) {}

TouchNotice::~TouchNotice() { end(); }

bool TouchNotice::cancelled() { return Interruption::caught() != 0; }

void TouchNotice::touch_awaited(std::string_view token, std::chrono::seconds left) {
  if (choosing_) return;
  const std::string where = printable(token);
  tell("Touch the token at " + where + " " + purpose_, "touch the token at " + where, left);
}

void TouchNotice::touch_over() {
  if (!choosing_) end();
}

void TouchNotice::choice_awaited(std::span<const std::string> tokens, std::chrono::seconds left) {
  choosing_ = true;
  const std::string which =
      std::to_string(tokens.size()) + " tokens: touch the one to use, " + one_of(tokens);
  tell(which, which, left);
}

void TouchNotice::pin_awaited(std::span<const std::string> tokens) {
  if (style_.announces_pin)
    say(std::to_string(tokens.size()) + " tokens, " + one_of(tokens) +
        ": type the PIN of the one to use, and touch it");
}

void TouchNotice::choice_over() {
  choosing_ = false;
  end();
}

// Drawn, or said once.
void TouchNotice::tell(const std::string& drawn, const std::string& said, std::chrono::seconds left) {
  begin();
  if (style_.desktop) desktop_.show(drawn, left);
  if (draws_) {
    draw(drawn, left);
  } else if (!said_ && (terminal_ || Clock::now() - began_ >= style_.silence)) {
    said_ = true;
    say_to(fd_, said + " within " + std::to_string(left.count()) + " s " + purpose_);
  }
}

bool TouchNotice::token_awaited(std::string_view missing, std::chrono::seconds left) {
  if (!terminal_ || (!waiting_ && !has_controlling_terminal())) return false;
  begin();
  const std::string text = "nsert your token: " + printable(missing);
  if (draws_) {
    draw("I" + text, left);
  } else if (!said_) {
    said_ = true;
    say_to(fd_, "i" + text + " (" + std::to_string(left.count()) + " s)");
  }
  return true;
}

void TouchNotice::token_over() { end(); }

void TouchNotice::begin() {
  if (waiting_) return;
  waiting_.emplace();
  said_ = false;
  began_ = Clock::now();
  shown_ = std::chrono::seconds(-1);
}

void TouchNotice::end() {
  if (!waiting_) return;
  desktop_.done();
  erase();
  waiting_.reset();
}

void TouchNotice::draw(const std::string& text, std::chrono::seconds left) {
  if (left == shown_ || Interruption::caught() != 0) return;
  shown_ = left;
  const std::string time = " (" + std::to_string(left.count()) + " s) ";
  const std::size_t room = columns(fd_);
  Interruption::line_drawn(fd_);
  write_to(fd_, std::string(kErase) +
                    (room > time.size() ? fitted(text, room - time.size()) + time : fitted(text, room)));
  // A signal handler in between erased the line before it was drawn.
  if (!Interruption::line_drawn()) write_to(fd_, kErase);
}

void TouchNotice::erase() {
  if (!Interruption::line_drawn()) return;  // never drawn, or erased by the signal handler
  Interruption::line_erased();
  write_to(fd_, kErase);
}

}  // namespace halligan::fido
