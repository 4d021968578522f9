#include "io/terminal.hpp"

#include <fcntl.h>
#include <termios.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <optional>

#include "base/text.hpp"
#include "io/descriptor.hpp"
#include "io/signals.hpp"

namespace halligan::io {
namespace {

constexpr std::size_t kMaxLine = 1023;

bool stops(int number) { return number == SIGTSTP || number == SIGTTIN || number == SIGTTOU; }

// Echo off while it lives. TCSAFLUSH on the way in: what was typed before the prompt is on the screen, and is
// not the PIN.
class EchoOff {
 public:
  explicit EchoOff(int fd) : fd_(fd) {
    if (::tcgetattr(fd, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHOE | ECHOK | ECHONL);
    quiet.c_lflag |= static_cast<tcflag_t>(ICANON | ISIG);
    off_ = set(TCSAFLUSH, quiet);
  }
  ~EchoOff() {
    if (off_) set(TCSADRAIN, before_);
  }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;

  bool off() const { return off_; }

 private:
  bool set(int when, const termios& what) const {
    int result = 0;
    do {
      result = ::tcsetattr(fd_, when, &what);
    } while (result != 0 && errno == EINTR);
    return result == 0;
  }

  int fd_;
  termios before_{};
  bool off_ = false;
};

// If it fails, reading will fail, too, and say why.
void say_to(int fd, std::string_view text) { static_cast<void>(write_all(fd, as_bytes(text))); }

Failure nobody(std::string message) { return fail(Code::kNeedsPerson, std::move(message)); }

// A background process that asks for the terminal is stopped until it is brought forward, and so are we. In
// an orphaned process group the signal is dropped, and nobody would bring us forward.
Result<> come_forward(int fd) {
  if (::tcgetpgrp(fd) == ::getpgrp()) return {};
  ::kill(0, SIGTTIN);
  if (::tcgetpgrp(fd) == ::getpgrp()) return {};
  return nobody("not in the foreground of the terminal");
}

enum class Read { kLine, kTooLong, kEnd, kSignal };

// `put` takes each byte and returns false when it has no room.
template <typename Put>
Read read_line(int fd, const Descriptor& signals, Put put) {
  bool fits = true;
  while (true) {
    std::array<pollfd, 2> polled{{{signals.get(), POLLIN, 0}, {fd, POLLIN, 0}}};
    poll_until(polled, std::nullopt);
    if (polled[0].revents != 0) return Read::kSignal;
    std::uint8_t byte = 0;
    if (read_some(fd, {&byte, 1}) <= 0) return Read::kEnd;
    if (byte == '\n' || byte == '\r') return fits ? Read::kLine : Read::kTooLong;
    fits = put(byte) && fits;
    explicit_bzero(&byte, sizeof byte);
  }
}

Result<Descriptor> open_terminal() {
  Descriptor fd(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!fd) return nobody("no terminal to ask at");
  return fd;
}

// One prompt and its answer; asked again after Ctrl-Z and fg. `start` discards what was typed so far.
//
// Signals wait while the question is open: one that comes is raised again while it is still held, so that it
// takes effect, with the program's own action, when echo is back.
template <typename Start, typename Put>
Result<> ask(std::string_view prompt, bool echo, Start start, Put put) {
  HALLIGAN_TRY(const Descriptor terminal, open_terminal());
  const int fd = terminal.get();
  while (true) {
    HALLIGAN_CHECK(come_forward(fd));
    start();
    Read read = Read::kEnd;
    int number = 0;
    {
      const SignalHold hold;
      HALLIGAN_TRY(const Descriptor signals, hold.inbox());
      std::optional<EchoOff> quiet;
      if (!echo) quiet.emplace(fd);
      if (quiet && !quiet->off()) return nobody("cannot turn off the terminal's echo");
      // What was typed before the question was shown is not an answer to it.
      if (echo) ::tcflush(fd, TCIFLUSH);
      say_to(fd, prompt);
      read = read_line(fd, signals, put);
      if (!echo || read != Read::kLine) say_to(fd, "\n");
      if (read == Read::kSignal) ::raise(number = hold.take());
    }
    if (read == Read::kLine) return {};
    if (read == Read::kTooLong) return fail(Code::kBadInput, "the answer is too long");
    if (read == Read::kEnd) return nobody("end of input on the terminal");
    if (!stops(number)) return nobody("interrupted");  // only if the program handles the signal itself
  }
}

}  // namespace

void swallow_typed() {
  constexpr std::chrono::seconds kQuiet{1};
  const auto terminal = open_terminal();
  if (!terminal || ::tcgetpgrp(terminal->get()) != ::getpgrp()) return;
  const EchoOff quiet(terminal->get());
  std::array<std::uint8_t, 256> typed;
  while (readable_until(terminal->get(), Deadline::clock::now() + kQuiet) &&
         read_some(terminal->get(), typed) > 0) {
  }
  explicit_bzero(typed.data(), typed.size());
  ::tcflush(terminal->get(), TCIFLUSH);  // a line without its end
}

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

bool have_terminal() { return open_terminal().has_value(); }

Result<Pin> read_terminal_secret(std::string_view prompt) {
  Pin out;
  HALLIGAN_CHECK(ask(
      prompt, false, [&] { out.wipe(); }, [&](std::uint8_t byte) { return out.append(byte); }));
  if (out.empty()) return nobody("nothing was typed");
  return out;
}

Result<std::string> read_terminal_line(std::string_view prompt) {
  std::string out;
  const auto put = [&](std::uint8_t byte) {
    if (out.size() == kMaxLine) return false;
    out += static_cast<char>(byte);
    return true;
  };
  HALLIGAN_CHECK(ask(
      prompt, true, [&] { out.clear(); }, put));
  return out;
}

Result<bool> confirm(std::string_view question) {
  const std::string prompt = std::string(question) + " [y/N] ";
  while (true) {
    HALLIGAN_TRY(const std::string answer, read_terminal_line(prompt));
    if (is_word(answer, "y") || is_word(answer, "yes")) return true;
    if (answer.empty() || is_word(answer, "n") || is_word(answer, "no")) return false;
  }
}

Result<bool> confirm_typed(std::string_view question, std::string_view expected) {
  const std::string prompt = std::string(question) + "\nType " + std::string(expected) + " to continue: ";
  HALLIGAN_TRY(const std::string answer, read_terminal_line(prompt));
  return answer == expected;
}

}  // namespace halligan::io
