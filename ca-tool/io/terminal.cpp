#include "io/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <optional>

#include "io/descriptor.hpp"

namespace halligan::io {
namespace {

constexpr std::array<int, 7> kWatched{SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP, SIGTTIN, SIGTTOU};
constexpr std::size_t kMaxLine = 1023;

volatile std::sig_atomic_t caught = 0;

extern "C" void halligan_io_on_signal(int number) { caught = number; }

bool stops(int number) { return number == SIGTSTP || number == SIGTTIN || number == SIGTTOU; }

// The watched signals are blocked except while waiting in ppoll(), so that none falls between looking and
// sleeping; each only leaves its number. Those that were ignored (nohup) stay ignored.
class SignalWatch {
 public:
  SignalWatch() {
    sigset_t watched;
    sigemptyset(&watched);
    for (const int each : kWatched) sigaddset(&watched, each);
    ::pthread_sigmask(SIG_BLOCK, &watched, &before_);
    caught = 0;
    struct sigaction note {};
    note.sa_handler = halligan_io_on_signal;
    for (std::size_t i = 0; i < kWatched.size(); ++i) {
      ::sigaction(kWatched[i], nullptr, &actions_[i]);
      if (actions_[i].sa_handler != SIG_IGN) ::sigaction(kWatched[i], &note, nullptr);
    }
    waiting_ = before_;
    for (const int each : kWatched) sigdelset(&waiting_, each);
  }
  ~SignalWatch() {
    for (std::size_t i = 0; i < kWatched.size(); ++i) ::sigaction(kWatched[i], &actions_[i], nullptr);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  /// True when there is something to read, false when a signal came first.
  bool wait_for(int fd) const {
    pollfd polled{fd, POLLIN, 0};
    while (caught == 0) {
      if (::ppoll(&polled, 1, nullptr, &waiting_) > 0) return true;
      if (errno != EINTR) return true;  // let read() say what is wrong
    }
    return false;
  }

 private:
  sigset_t before_{};
  sigset_t waiting_{};
  std::array<struct sigaction, kWatched.size()> actions_{};
};

// Echo off while it lives. TCSAFLUSH on the way in: what was typed before the prompt, and is on the screen,
// is no PIN.
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

void say_to(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // reading will fail then, and say why
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

Failure nobody(std::string message) { return fail(Code::kNeedsPerson, std::move(message)); }

// In the background, whoever asks for the terminal is stopped until it is brought forward, and so are we. In
// an orphaned group the signal is dropped, and there is nobody to wait for.
Result<> come_forward(int fd) {
  if (::tcgetpgrp(fd) == ::getpgrp()) return {};
  ::kill(0, SIGTTIN);
  if (::tcgetpgrp(fd) == ::getpgrp()) return {};
  return nobody("not in the foreground of the terminal");
}

enum class Read { kLine, kTooLong, kEnd, kSignal };

// `put` takes each byte and says false when it has no room.
template <typename Put>
Read read_line(int fd, const SignalWatch& watch, Put put) {
  bool fits = true;
  while (true) {
    if (!watch.wait_for(fd)) return Read::kSignal;
    std::uint8_t byte = 0;
    const ssize_t got = ::read(fd, &byte, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Read::kEnd;
    if (byte == '\n' || byte == '\r') return fits ? Read::kLine : Read::kTooLong;
    fits = put(byte) && fits;
    explicit_bzero(&byte, sizeof byte);
  }
}

Result<Descriptor> open_terminal() {
  Descriptor fd(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!fd) return nobody("there is no terminal to ask at");
  return fd;
}

// One prompt and its answer; again after Ctrl-Z and fg. `start` forgets what was typed so far.
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
      const SignalWatch watch;
      std::optional<EchoOff> quiet;
      if (!echo) quiet.emplace(fd);
      if (quiet && !quiet->off()) return nobody("the terminal cannot hide what is typed");
      // What was typed before the question was read is no answer to it.
      if (echo) ::tcflush(fd, TCIFLUSH);
      say_to(fd, prompt);
      read = read_line(fd, watch, put);
      if (!echo || read != Read::kLine) say_to(fd, "\n");
      number = caught;
      // Raised while still blocked: it takes effect when the watch ends, after echo is back and with the old
      // action.
      if (read == Read::kSignal) ::raise(number);
    }
    if (read == Read::kLine) return {};
    if (read == Read::kTooLong) return fail(Code::kBadInput, "too long an answer");
    if (read == Read::kEnd) return nobody("end of input at the terminal");
    if (!stops(number)) return nobody("interrupted");  // only if the program handles that signal itself
  }
}

bool is_one_of(std::string_view text, std::string_view a, std::string_view b) {
  const auto equal = [&](std::string_view other) {
    if (text.size() != other.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if ((text[i] | 0x20) != other[i]) return false;
    }
    return true;
  };
  return equal(a) || equal(b);
}

}  // namespace

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
    if (is_one_of(answer, "y", "yes")) return true;
    if (answer.empty() || is_one_of(answer, "n", "no")) return false;
  }
}

Result<bool> confirm_typed(std::string_view question, std::string_view expected) {
  const std::string prompt = std::string(question) + "\nType " + std::string(expected) + " to go on: ";
  HALLIGAN_TRY(const std::string answer, read_terminal_line(prompt));
  return answer == expected;
}

}  // namespace halligan::io
