#include "fido/presence/touch_notice.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "base/codec.hpp"
#include "base/descriptor.hpp"
#include "base/log.hpp"

namespace halligan::fido {
namespace {

constexpr std::size_t kWidest = 80;
constexpr std::string_view kErase = "\r\x1b[K";

// A terminal to draw on: from the background the line would mix with the output of the foreground.
bool may_draw() {
  if (::isatty(STDERR_FILENO) != 1) return false;
  const pid_t foreground = ::tcgetpgrp(STDERR_FILENO);
  return foreground < 0 || foreground == ::getpgrp();
}

// One less than there are: some terminals begin a new line after a character in the last column.
std::size_t columns() {
  struct winsize size {};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return std::min(known ? std::size_t{size.ws_col} : kWidest, kWidest) - 1;
}

bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }

}  // namespace

bool has_controlling_terminal() {
  return bool(Descriptor(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)));
}

std::string fitted(std::string_view text, std::size_t columns) {
  if (code_points(as_bytes(text)) <= columns) return std::string(text);
  constexpr std::string_view kMissing = "...";
  const std::size_t keep = columns > kMissing.size() ? columns - kMissing.size() : 0;
  std::size_t end = 0;
  for (std::size_t seen = 0; end < text.size(); ++end) {
    if (begins_character(text[end]) && seen++ == keep) break;
  }
  return std::string(text.substr(0, end)) + std::string(kMissing.substr(0, columns - keep));
}

TouchNotice::TouchNotice(std::string_view purpose, Style style)
    : purpose_(printable(purpose)), style_(style), terminal_(may_draw()) {}

TouchNotice::~TouchNotice() { end(); }

bool TouchNotice::cancelled() { return Interruption::caught() != 0; }

void TouchNotice::touch_awaited(std::string_view token, std::chrono::seconds left) {
  if (!choosing_) tell(token, left);
}

void TouchNotice::touch_over() {
  if (!choosing_) end();
}

void TouchNotice::choice_awaited(std::string_view tokens, std::chrono::seconds left) {
  choosing_ = true;
  tell(tokens, left);
}

void TouchNotice::choice_over() {
  choosing_ = false;
  end();
}

void TouchNotice::tell(std::string_view token, std::chrono::seconds left) {
  begin();
  const std::string where = printable(token);
  if (style_.desktop) desktop_.show("Touch the token at " + where + " " + purpose_, left);
  if (terminal_) {
    draw("Touch the token at " + where + " " + purpose_, left);
  } else if (!said_ && Clock::now() - began_ >= style_.silence) {
    said_ = true;
    say("touch the token at " + where + " within " + std::to_string(left.count()) + " s " + purpose_);
  }
}

bool TouchNotice::token_awaited(std::string_view missing, std::chrono::seconds left) {
  if (!terminal_ || (!waiting_ && !has_controlling_terminal())) return false;
  begin();
  draw("Insert your token: " + printable(missing), left);
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
  const std::size_t room = columns();
  Interruption::line_drawn(true);
  write_stderr(std::string(kErase) +
               (room > time.size() ? fitted(text, room - time.size()) + time : fitted(text, room)));
  // A signal handler in between erased the line before it was drawn.
  if (!Interruption::line_drawn()) write_stderr(kErase);
}

void TouchNotice::erase() {
  if (!Interruption::line_drawn()) return;  // never drawn, or erased by the signal handler
  Interruption::line_drawn(false);
  write_stderr(kErase);
}

}  // namespace halligan::fido
