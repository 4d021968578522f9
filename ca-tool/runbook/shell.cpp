#include "runbook/shell.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <set>

#include "base/codec.hpp"
#include "base/secret.hpp"
#include "base/text.hpp"
#include "crypto/random.hpp"
#include "io/descriptor.hpp"
#include "io/signals.hpp"

namespace halligan::runbook {
namespace {

constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kMostKept = 256 * 1024;    // of what a command prints
constexpr std::size_t kMostReport = 256 * 1024;  // of a shell about itself
constexpr std::size_t kShortestTyped = 4;        // shorter answers (y, 12) are in what was printed anyway
constexpr std::array kHeld{SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGWINCH};

// bash there, $0 is the id. It says in a control sequence, which no terminal shows, that it waits, after
// which command, how that ended, and what its variables are; then takes a line that begins with the id and a
// number. Lines that do not were typed ahead. Ctrl-C ends the command, not this loop.
constexpr const char* kLoop =
    "halligan_status=0; halligan_number=0; trap \"halligan_status=130; continue 999\" INT QUIT;"
    " while :; do stty -echo;"
    " printf \"\\033]$0;%s\\n%s\\n%s\\n%s\\007\""
    " \"$halligan_number\" \"$halligan_status\" \"$PWD\" \"$(declare -p)\";"
    " halligan_line=; while IFS= read -r halligan_line; do"
    " case $halligan_line in \"$0 \"*) break ;; esac; done;"
    " [ -n \"$halligan_line\" ] || exit; stty echo icanon isig;"
    " halligan_line=${halligan_line#\"$0 \"}; halligan_number=${halligan_line%% *};"
    " printf -v halligan_line %b \"${halligan_line#* }\";"
    " eval \"$halligan_line\"; halligan_status=$?; done";

// The first program on the new terminal: opening it makes it the session's own.
constexpr const char* kOnTerminal = "exec 0<>\"$0\" 1>&0 2>&0; eval \"exec $1 \\\"\\$2\\\"\"";

Failure no_such_terminal() { return fail(Code::kNeedsPerson, "the terminal has ended"); }

// The person's terminal: every key goes on as it is, also Ctrl-C.
class RawTerminal {
 public:
  static Result<RawTerminal> open() {
    Descriptor fd = io::open_file("/dev/tty", O_RDWR | O_NOCTTY);
    termios before{};
    if (!fd || ::tcgetattr(fd.get(), &before) != 0)
      return fail(Code::kNeedsPerson, "no terminal to run steps at", "run it on a terminal");
    termios raw = before;
    ::cfmakeraw(&raw);
    if (!set(fd.get(), TCSADRAIN, raw)) return no_such_terminal();
    return RawTerminal(std::move(fd), before);
  }
  ~RawTerminal() {
    if (fd_) set(fd_.get(), TCSADRAIN, before_);
  }
  RawTerminal(RawTerminal&&) = default;
  int get() const { return fd_.get(); }

 private:
  RawTerminal(Descriptor fd, const termios& before) : fd_(std::move(fd)), before_(before) {}
  static bool set(int fd, int when, const termios& what) {
    int result = 0;
    do {
      result = ::tcsetattr(fd, when, &what);
    } while (result != 0 && errno == EINTR);
    return result == 0;
  }

  Descriptor fd_;
  termios before_;
};

void copy_size(int from, int to) {
  winsize size{};
  if (::ioctl(from, TIOCGWINSZ, &size) == 0) ::ioctl(to, TIOCSWINSZ, &size);
}

// What the person types during a command: it is on the screen if the terminal echoed it, and may be a PIN
// that was typed before its prompt came. So it is taken out of what is kept.
class Typed {
 public:
  void add(ByteView bytes) {
    // What does not fit is no PIN.
    (void)bytes_.append(bytes.first(std::min(bytes.size(), bytes_.kCapacity - bytes_.size())));
  }
  void remove_from(std::string& printed) const {
    std::string_view rest = as_text(bytes_.view());
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find_first_of("\r\n"));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      if (line.size() < kShortestTyped) continue;
      for (std::size_t at = 0; (at = printed.find(line, at)) != std::string::npos;) {
        explicit_bzero(printed.data() + at, line.size());
        printed.replace(at, line.size(), "(typed)");
      }
    }
  }

 private:
  Secret<4096> bytes_;
};

// Takes the shell's report out of what is printed.
class Output {
 public:
  explicit Output(std::string mark) : mark_(std::move(mark)) {}

  /// @return what of it a person is to see
  std::string take(std::string_view bytes) {
    pending_ += bytes;
    const std::size_t at = pending_.find(mark_);
    std::size_t shown = at;
    if (at == std::string::npos) {
      shown = pending_.size();
      // Its beginning may be the mark's.
      for (std::size_t size = std::min(mark_.size() - 1, pending_.size()); size > 0; --size) {
        if (pending_.ends_with(std::string_view(mark_).substr(0, size))) {
          shown -= size;
          break;
        }
      }
    }
    std::string out = pending_.substr(0, shown);
    pending_.erase(0, shown);
    kept_ += out;
    if (kept_.size() > kMostKept) kept_.erase(0, kept_.size() - kMostKept), cut_ = true;
    return out;
  }
  /// That of another command: a Ctrl-C may have come just when that was reported.
  void drop_report() { pending_.erase(0, pending_.find('\a') + 1); }
  bool has_report() const { return pending_.starts_with(mark_) && pending_.find('\a') != std::string::npos; }
  bool is_too_long() const { return pending_.size() > kMostReport; }
  std::string report() const {
    std::string text = pending_.substr(mark_.size(), pending_.find('\a') - mark_.size());
    std::erase(text, '\r');
    return text;
  }
  std::string& kept() { return kept_; }
  bool cut() const { return cut_; }

 private:
  std::string mark_;
  std::string pending_;
  std::string kept_;
  bool cut_ = false;
};

// On one line, for printf %b.
std::string escaped(std::string_view command) {
  std::string out;
  for (const char c : command) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

Result<LastingShell> LastingShell::start(const std::string& way) {
  Descriptor master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  std::array<char, 128> name{};
  if (!master || ::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0 ||
      ::ptsname_r(master.get(), name.data(), name.size()) != 0)
    return fail(errno_error(Code::kUnreachable, "make a terminal", errno));
  Descriptor slave = io::open_file(name.data(), O_RDWR | O_NOCTTY);
  if (!slave) return fail(errno_error(Code::kUnreachable, name.data(), errno));
  HALLIGAN_TRY(const Bytes random, crypto::random_bytes(kIdBytes));
  std::string id = hex(random);
  const std::string line = "exec bash --noprofile --norc -c " + shell_word(kLoop) + " " + id;
  HALLIGAN_TRY(io::Child child, io::Child::start({"/bin/sh", "-c", kOnTerminal, name.data(), way, line},
                                                 {.in = -1, .out = -1, .err = -1}, io::Session::kNew,
                                                 {{"BASH_ENV", std::nullopt}, {"ENV", std::nullopt}}));
  LastingShell shell(std::move(child), std::move(master), std::move(slave), std::move(id));
  HALLIGAN_TRY(const Ran ready, shell.converse(true));
  if (ready.signal != 0) ::raise(ready.signal);
  return shell;
}

Result<Ran> LastingShell::run(const std::string& command) { return send(command, true); }

Result<> LastingShell::restore(const std::string& state) {
  std::string_view rest = state;
  while (!rest.empty()) {
    // Line by line: a line of a terminal holds so much.
    HALLIGAN_TRY(const Ran ran, send(std::string(next_line(rest)), false));
    if (ran.signal != 0) ::raise(ran.signal);
  }
  return {};
}

Result<Ran> LastingShell::send(const std::string& command, bool shown) {
  const std::string line = id_ + " " + std::to_string(++number_) + " " + escaped(command) + "\n";
  // What was typed ahead has no newline before it.
  if (!io::write_all(master_.get(), as_bytes("\n" + line)))
    return fail(errno_error(Code::kUnreachable, "the shell", errno));
  return converse(shown);
}

Result<Ran> LastingShell::converse(bool shown) {
  const io::SignalHold hold(kHeld);
  HALLIGAN_TRY(const Descriptor inbox, hold.inbox());
  HALLIGAN_TRY(const RawTerminal terminal, RawTerminal::open());
  copy_size(terminal.get(), master_.get());
  Output output("\x1b]" + id_ + ";");
  Typed typed;
  Ran ran;
  std::array<std::uint8_t, 4096> buffer;
  while (!output.has_report() && ran.signal == 0) {
    std::array<pollfd, 4> polled{{{master_.get(), POLLIN, 0},
                                  {child_.ended_fd(), POLLIN, 0},
                                  {terminal.get(), POLLIN, 0},
                                  {inbox.get(), POLLIN, 0}}};
    io::poll_until(polled, std::nullopt);
    for (int number = hold.take(); number != 0; number = hold.take()) {
      if (number == SIGWINCH) {
        copy_size(terminal.get(), master_.get());
      } else {
        ran.signal = number;
      }
    }
    if (polled[0].revents != 0) {
      const ssize_t got = io::read_some(master_.get(), buffer);
      if (got <= 0) return fail(Code::kUnreachable, "the shell has ended");
      std::string text = output.take(as_text({buffer.data(), static_cast<std::size_t>(got)}));
      while (output.has_report() && !output.report().starts_with(std::to_string(number_) + "\n")) {
        output.drop_report();
        text += output.take({});
      }
      if (shown && !io::write_all(terminal.get(), as_bytes(text))) return no_such_terminal();
      if (output.is_too_long()) return fail(Code::kBadInput, "the shell has too many variables");
    } else if (polled[1].revents != 0) {
      return fail(Code::kUnreachable, "the shell has ended");
    }
    if (polled[2].revents != 0) {
      const ssize_t got = io::read_some(terminal.get(), buffer);
      if (got <= 0) return no_such_terminal();
      const ByteView keys(buffer.data(), static_cast<std::size_t>(got));
      typed.add(keys);
      const bool passed = io::write_all(master_.get(), keys);
      explicit_bzero(buffer.data(), buffer.size());
      if (!passed) return fail(errno_error(Code::kUnreachable, "the shell", errno));
    }
  }
  ran.printed = std::move(output.kept());
  ran.recorded = ran.printed;
  typed.remove_from(ran.recorded);
  ran.cut = output.cut();
  if (output.has_report()) ran.status = take_report(output.report());
  return ran;
}

int LastingShell::take_report(const std::string& report) {
  std::string_view rest = report;
  next_line(rest);  // the number
  const auto status = whole_number<int>(next_line(rest));
  const std::string_view folder = next_line(rest);
  const std::string variables(rest);
  if (at_start_.empty()) at_start_ = variables;
  std::set<std::string_view> before;
  for (std::string_view each = at_start_; !each.empty();) before.insert(next_line(each));
  state_ = "cd " + shell_word(folder) + "\n";
  while (!rest.empty()) {
    const std::string_view line = next_line(rest);
    // Not what bash itself keeps, and nothing that cannot be set.
    const bool plain = line.starts_with("declare -- ") || line.starts_with("declare -x ");
    const std::string_view name = line.substr(std::min<std::size_t>(11, line.size()));
    if (plain && !before.contains(line) && !name.starts_with("halligan_") && !name.starts_with("BASH") &&
        !name.starts_with("_=") && !name.starts_with("OLDPWD"))
      state_ += std::string(line) + "\n";
  }
  return status.value_or(1);
}

}  // namespace halligan::runbook
