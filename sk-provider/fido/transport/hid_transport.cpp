#include "fido/transport/hid_transport.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <thread>

#include "base/log.hpp"
#include "fido/transport/turn.hpp"

namespace halligan::fido {
namespace {

using std::chrono::milliseconds;

// How often to update the time, and look for Ctrl-C, during a wait.
constexpr milliseconds kTick{100};
// How long to wait for the answer after CANCEL, so that the token is idle for the next command.
constexpr milliseconds kCancelGrace{500};

// How often to check whether the token is free, and when to report that it is not.
constexpr milliseconds kTurnPause{10};
constexpr milliseconds kSilentWait{1000};
constexpr milliseconds kLookAtHolder{250};
// For programs that do not use our queue; a transaction takes up to a touch.
constexpr milliseconds kBusyPause{100};

constexpr std::size_t kInitAnswer = 17;

}  // namespace

// O_NOCTTY: a session leader without a terminal (an agent, a cron job) must not acquire a pseudo-terminal
// token as its terminal. O_NONBLOCK: another process may read the report that poll(2) saw, and a read would
// then block.
bool HidTransport::open(const char* path) {
  fd_ = Descriptor(::open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat status {};
  if (!fd_) {
    open_error_ = errno;
  } else if (::fstat(fd_.get(), &status) != 0 || !S_ISCHR(status.st_mode)) {
    open_error_ = ENODEV;
  } else if (wait_for_turn()) {
    return true;
  }
  close();
  return false;
}

// A token serves one transaction at a time; without a queue, the second of two ssh would fail with "busy".
// The lock is on the device node: it needs no file of its own, and the kernel releases it however a process
// ends. Other programs ignore it.
bool HidTransport::wait_for_turn() {
  auto began = Clock::now();  // the wait for whoever has it now
  auto looked = began;
  bool said = false;
  std::optional<LockHolder> holder;
  while (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      return true;  // a device that cannot be locked is used without
    const auto now = Clock::now();
    if (now - looked >= kLookAtHolder) {
      looked = now;
      auto current = lock_holder(fd_.get());
      if (current && current->stopped) {
        // It will not let go; the token itself tells whether it is busy still.
        say(current->words() + " has the token at " + name() + " and is stopped; this goes on without it",
            "continue it with fg, or end it");
        return true;
      }
      // The queue moves, so its end comes.
      if (current && holder && current->process != holder->process) began = now;
      if (current) holder = std::move(current);
    }
    if (now - began >= patience_ || cancelled()) {
      open_error_ = EBUSY;
      return false;
    }
    if (!said && now - began >= kSilentWait) {
      said = true;
      say("waiting for the token at " + name() + ", which " +
          (holder ? holder->words() : std::string("another program")) + " is using");
    }
    std::this_thread::sleep_for(kTurnPause);
  }
  return true;
}

void HidTransport::close() { fd_.reset(); }

bool HidTransport::send(Command command, ByteView body) {
  touch_awaited_ = false;
  fault_ = Fault::kNone;
  if (body.size() > ctaphid::kLargestMessage) return false;
  if (command == Command::kInit) {
    channel_ = ctaphid::kBroadcast;
    nonce_ = to_bytes(body);
  }
  last_command_ = command;
  last_body_ = to_bytes(body);
  return send_packets(command, body);
}

bool HidTransport::send_packets(Command command, ByteView body) {
  for (std::size_t i = 0; i < ctaphid::packets_of(body.size()); ++i) {
    if (!write(ctaphid::make_packet(channel_, static_cast<std::uint8_t>(command), body, i))) return false;
  }
  return true;
}

// hidraw expects the report number first; FIDO tokens do not use any: 0.
bool HidTransport::write(const ctaphid::Report& report) {
  std::array<std::uint8_t, 1 + ctaphid::kReportSize> numbered{};
  std::copy(report.begin(), report.end(), numbered.begin() + 1);
  ByteView left(numbered);
  while (!left.empty()) {
    const ssize_t written = ::write(fd_.get(), left.data(), left.size());
    if (written > 0) {
      left = left.subspan(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd wait{fd_.get(), POLLOUT, 0};
      if (::poll(&wait, 1, static_cast<int>(kCancelGrace.count())) <= 0) {
        fault_ = Fault::kTimeout;
        return false;
      }
    } else if (errno != EINTR) {
      fault_ = Fault::kGone;
      return false;
    }
  }
  return true;
}

std::optional<std::size_t> HidTransport::receive(Command command, std::span<std::uint8_t> body,
                                                 milliseconds patience) {
  using State = ctaphid::Assembler::State;
  const auto deadline = Clock::now() + patience;
  auto silence = prompt_end(deadline);
  fault_ = Fault::kNone;
  for (;;) {
    ctaphid::Assembler answer(channel_, static_cast<std::uint8_t>(command), body);
    State state = State::kIgnored;
    while (state == State::kIgnored || state == State::kMore || state == State::kKeepalive) {
      ctaphid::Report report;
      if (!read(report, silence)) {
        touch_missed();
        return std::nullopt;
      }
      state = answer.take(report);
      if (state != State::kIgnored) silence = prompt_end(deadline);
      if (state == State::kKeepalive && answer.code() == ctaphid::kUserPresenceNeeded) {
        touch_awaited_ = true;
        tell_presence(deadline);
      }
    }
    touch_came();
    hid_error_ = state == State::kError ? answer.code() : 0;
    if (cancel_sent_) fault_ = Fault::kCancelled;
    if (state == State::kError && answer.code() == ctaphid::kChannelBusy) {
      if (again_when_free(deadline)) continue;
      return std::nullopt;
    }
    if (state != State::kDone) return std::nullopt;
    const ByteView got = ByteView(body).first(answer.size());
    if (command == Command::kInit) {
      if (!same(got.first(std::min(got.size(), nonce_.size())), nonce_)) continue;  // another client's
      if (got.size() == kInitAnswer)
        std::copy_n(got.data() + nonce_.size(), channel_.size(), channel_.begin());
    }
    return answer.size();
  }
}

bool HidTransport::read(ctaphid::Report& report, Clock::time_point deadline) {
  std::span<std::uint8_t> left(report);
  while (!left.empty()) {
    if (!wait_readable(deadline)) return false;
    const ssize_t got = ::read(fd_.get(), left.data(), left.size());
    if (got > 0) {
      left = left.subspan(static_cast<std::size_t>(got));
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
      fault_ = Fault::kGone;
      return false;
    }
  }
  return true;
}

bool HidTransport::wait_readable(Clock::time_point deadline) {
  for (;;) {
    if (!cancel_sent_ && cancelled()) cancel_request();
    const auto limit = cancel_sent_ ? std::min(deadline, cancel_deadline_) : deadline;
    const auto left = std::chrono::duration_cast<milliseconds>(limit - Clock::now());
    pollfd wait{fd_.get(), POLLIN, 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(std::clamp(left, milliseconds(0), kTick).count()));
    // The deadline also applies to a device that keeps sending.
    if (ready > 0 && (wait.revents & POLLIN) != 0 && left > -kTick) return true;
    if (ready > 0 && (wait.revents & POLLIN) == 0) {
      fault_ = Fault::kGone;
      return false;
    }
    if (touch_awaited_) tell_presence(deadline);
    if (left <= milliseconds(0)) {
      fault_ = cancel_sent_ ? Fault::kCancelled : Fault::kTimeout;
      return false;
    }
  }
}

// Another program, which does not use our queue, is in a transaction (CTAP 2.1, 11.2.5.1).
bool HidTransport::again_when_free(Clock::time_point deadline) {
  fault_ = Fault::kBusy;
  if (Clock::now() + kBusyPause >= deadline || cancelled() || cancel_sent_) return false;
  std::this_thread::sleep_for(kBusyPause);
  return send_packets(last_command_, last_body_);
}

// CTAP 2.1, 11.2.9.1.5: CANCEL has no answer; the pending request is answered with KEEPALIVE_CANCEL.
void HidTransport::cancel_request() {
  cancel_sent_ = true;
  cancel_deadline_ = Clock::now() + kCancelGrace;
  (void)send_packets(Command::kCancel, {});
}

}  // namespace halligan::fido
