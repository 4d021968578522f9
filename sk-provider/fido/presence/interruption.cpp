#include "fido/presence/interruption.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace halligan::fido {
namespace {

volatile std::sig_atomic_t caught_signal = 0;
volatile std::sig_atomic_t line_at = -1;  // the descriptor of the terminal that it is on

extern "C" void halligan_token_on_signal(int number) {
  const int error = errno;
  caught_signal = number;
  if (const int fd = line_at; fd >= 0) {
    line_at = -1;
    static constexpr char kEraseSequence[] = "\r\x1b[K";
    [[maybe_unused]] const ssize_t written = ::write(fd, kEraseSequence, sizeof kEraseSequence - 1);
  }
  errno = error;
}

}  // namespace

// Without SA_RESTART: a wait for a token ends at once.
Interruption::Interruption() {
  struct sigaction note {};
  note.sa_handler = halligan_token_on_signal;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], nullptr, &saved_[i]);
    if (saved_[i].sa_handler == SIG_DFL) ::sigaction(kSignals[i], &note, nullptr);
  }
}

Interruption::~Interruption() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    if (saved_[i].sa_handler == SIG_DFL) ::sigaction(kSignals[i], &saved_[i], nullptr);
  }
}

int Interruption::caught() { return caught_signal; }

void Interruption::die_if_caught() {
  if (caught_signal != 0) ::raise(caught_signal);
}

void Interruption::line_drawn(int fd) { line_at = fd; }

void Interruption::line_erased() { line_at = -1; }

bool Interruption::line_drawn() { return line_at >= 0; }

}  // namespace halligan::fido
