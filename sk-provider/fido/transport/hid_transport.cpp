#include "fido/transport/hid_transport.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>

#include "base/log.hpp"

namespace halligan::fido {
namespace {

using std::chrono::milliseconds;

// How often a waiting person is told the time and asked whether they want out.
constexpr milliseconds kTick{100};
// After CANCEL the token has this long to answer, so that it is idle when the next command comes.
constexpr milliseconds kCancelGrace{500};

// How often to look whether the token is free, and after which time to say that it is not.
constexpr milliseconds kTurnPause{10};
constexpr milliseconds kSilentWait{1000};
// A program that keeps to no queue holds the token for a transaction, which is a touch at most: no hurry.
constexpr milliseconds kBusyPause{100};

constexpr std::size_t kInitAnswer = 17;

}  // namespace

HidTransport::~HidTransport() { close(); }

// O_NOCTTY: a session leader without a terminal (an agent, a cron job) must not acquire a pseudo-terminal
// token as one. O_NONBLOCK: another process may take the report that poll(2) saw, and then a read would block
// past its deadline.
bool HidTransport::open(const char* path) {
  fd_ = ::open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd_ < 0) {
    open_error_ = errno;
    return false;
  }
  struct stat status {};
  if (::fstat(fd_, &status) != 0 || !S_ISCHR(status.st_mode)) {
    open_error_ = ENODEV;
    close();
    return false;
  }
  if (!wait_for_turn()) {
    close();
    return false;
  }
  return true;
}

// A token serves one conversation at a time; without a queue, the second of two ssh would be told "busy" and
// fail. The lock is on the device node itself: it needs no file of its own, and the kernel drops it however a
// process ends. Other programs do not look at it, and need not.
bool HidTransport::wait_for_turn() {
  const auto began = Clock::now();
  bool said = false;
  while (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      return true;  // a device that cannot be locked is used as it is
    const auto waited = Clock::now() - began;
    if (waited >= patience_ || cancelled()) {
      open_error_ = EBUSY;
      return false;
    }
    if (!said && waited >= kSilentWait) {
      said = true;
      say("waiting for the token at " + name() + ", which another program is using");
    }
    std::this_thread::sleep_for(kTurnPause);
  }
  return true;
}

void HidTransport::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

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
  return send_reports(command, body);
}

bool HidTransport::send_reports(Command command, ByteView body) {
  for (std::size_t i = 0; i < ctaphid::reports_of(body.size()); ++i) {
    if (!write(ctaphid::cut(channel_, static_cast<std::uint8_t>(command), body, i))) return false;
  }
  return true;
}

// hidraw takes the number of the report in front of it, and a FIDO token has no numbers: 0.
bool HidTransport::write(const ctaphid::Report& report) {
  std::array<std::uint8_t, 1 + ctaphid::kReportSize> numbered{};
  std::copy(report.begin(), report.end(), numbered.begin() + 1);
  ByteView left(numbered);
  while (!left.empty()) {
    const ssize_t written = ::write(fd_, left.data(), left.size());
    if (written > 0) {
      left = left.subspan(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd wait{fd_, POLLOUT, 0};
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
  fault_ = Fault::kNone;
  for (;;) {
    ctaphid::Assembler answer(channel_, static_cast<std::uint8_t>(command), body);
    State state = State::kElse;
    while (state == State::kElse || state == State::kMore || state == State::kKeepalive) {
      ctaphid::Report report;
      if (!read(report, deadline)) {
        touch_missed();
        return std::nullopt;
      }
      state = answer.take(report);
      if (state == State::kKeepalive) note_keepalive(answer.code(), deadline);
    }
    touch_came();
    if (cancel_sent_) fault_ = Fault::kCancelled;
    if (state == State::kError && answer.code() == ctaphid::kChannelBusy) {
      if (again_when_free(deadline)) continue;
      return std::nullopt;
    }
    if (state != State::kDone) return std::nullopt;
    const ByteView got = ByteView(body).first(answer.size());
    if (command == Command::kInit) {
      if (!same(got.first(std::min(got.size(), nonce_.size())), nonce_)) continue;  // somebody else's
      take_channel(got);
    }
    return answer.size();
  }
}

bool HidTransport::read(ctaphid::Report& report, Clock::time_point deadline) {
  std::span<std::uint8_t> left(report);
  while (!left.empty()) {
    if (!wait_readable(deadline)) return false;
    const ssize_t got = ::read(fd_, left.data(), left.size());
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
    pollfd wait{fd_, POLLIN, 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(std::clamp(left, milliseconds(0), kTick).count()));
    // A device that never stops talking has its time, too.
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

void HidTransport::note_keepalive(std::uint8_t status, Clock::time_point deadline) {
  if (status != ctaphid::kUserPresenceNeeded) return;
  touch_awaited_ = true;
  tell_presence(deadline);
}

// Another program, which knows nothing of our queue, has the token in the middle of something
// (CTAP 2.1, 11.2.5.1).
bool HidTransport::again_when_free(Clock::time_point deadline) {
  fault_ = Fault::kBusy;
  if (Clock::now() + kBusyPause >= deadline || cancelled() || cancel_sent_) return false;
  std::this_thread::sleep_for(kBusyPause);
  return send_reports(last_command_, last_body_);
}

void HidTransport::take_channel(ByteView init_answer) {
  if (init_answer.size() != kInitAnswer) return;
  const ByteView number = init_answer.subspan(nonce_.size(), channel_.size());
  std::copy(number.begin(), number.end(), channel_.begin());
}

// CTAP 2.1, 11.2.9.1.5: CANCEL has no answer of its own; the request that waits is answered with
// KEEPALIVE_CANCEL.
void HidTransport::cancel_request() {
  cancel_sent_ = true;
  cancel_deadline_ = Clock::now() + kCancelGrace;
  (void)send_reports(Command::kCancel, {});
}

}  // namespace halligan::fido
