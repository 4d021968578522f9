#include "cli/person.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "base/log.hpp"
#include "cli/output.hpp"
#include "io/secret_input.hpp"
#include "io/terminal.hpp"

namespace halligan::cli {
namespace {

volatile std::sig_atomic_t caught = 0;
constexpr int kSignals[3] = {SIGINT, SIGTERM, SIGHUP};

void note_signal(int signal) { caught = signal; }

void write_stderr(const std::string& text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

int interrupted_by() { return caught; }

Result<Pin> PersonsPin::ask(const std::optional<Error>& wrong) {
  if (wrong && fd_) return fail(*wrong);
  if (wrong) complain(*wrong);
  return io::ask_secret({.prompt = "PIN of the token: ", .fd = fd_});
}

TouchNotice::TouchNotice(std::string purpose)
    : purpose_(std::move(purpose)), terminal_(io::is_terminal(STDERR_FILENO)) {}

void TouchNotice::touch_awaited(std::string_view token, std::chrono::seconds left) {
  if (!waiting_) {
    waiting_ = true;
    shown_ = std::chrono::seconds(-1);
    catch_signals();
    if (!terminal_) say(fmt::format("touch the token at {} within {} s {}", token, left.count(), purpose_));
  }
  if (!terminal_ || left == shown_) return;
  shown_ = left;
  write_stderr(fmt::format("\r\x1b[KTouch the token at {} {} ({} s) ", token, purpose_, left.count()));
}

void TouchNotice::touch_over() {
  if (!waiting_) return;
  waiting_ = false;
  release_signals();
  if (terminal_) write_stderr("\r\x1b[K");
}

bool TouchNotice::cancelled() { return caught != 0; }

void TouchNotice::catch_signals() {
  struct sigaction action {};
  action.sa_handler = note_signal;
  for (int i = 0; i < 3; ++i) {
    ::sigaction(kSignals[i], nullptr, &saved_[i]);
    // What was ignored when we were started (nohup) stays ignored.
    if (saved_[i].sa_handler != SIG_IGN) ::sigaction(kSignals[i], &action, nullptr);
  }
}

void TouchNotice::release_signals() {
  for (int i = 0; i < 3; ++i) ::sigaction(kSignals[i], &saved_[i], nullptr);
}

}  // namespace halligan::cli
