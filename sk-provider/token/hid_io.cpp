#include "token/hid_io.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

#include "base/log.hpp"

namespace halligan::token {
namespace {

using std::chrono::milliseconds;

// CTAP 2.1, 11.2.4: an initialization packet has bit 7 of the command byte set; 11.2.9.2.2: KEEPALIVE status
// 2 means that user presence is needed.
constexpr unsigned char kKeepalive = 0x80 | 0x3B;
constexpr unsigned char kCancel = 0x80 | 0x11;
constexpr unsigned char kUserPresenceNeeded = 2;

// How often a waiting person is told the time and asked whether they want out.
constexpr milliseconds kTick{100};
// After CANCEL the token has this long to answer, so that it is idle when the next command comes.
constexpr milliseconds kCancelGrace{500};

// How often to look whether the token is free, and after which time to say that it is not.
constexpr milliseconds kTurnPause{10};
constexpr milliseconds kSilentWait{1000};

thread_local HidIo* being_opened = nullptr;

}  // namespace

struct HidFunctions {
  static void* open(const char* path) {
    return being_opened != nullptr && being_opened->open(path) ? being_opened : nullptr;
  }
  static void close(void* io) { static_cast<HidIo*>(io)->close(); }
  static int read(void* io, unsigned char* report, size_t size, int ms) {
    return static_cast<HidIo*>(io)->read(report, size, ms);
  }
  static int write(void* io, const unsigned char* report, size_t size) {
    return static_cast<HidIo*>(io)->write(report, size);
  }
};

const fido_dev_io_t& HidIo::functions() {
  static const fido_dev_io_t io{HidFunctions::open, HidFunctions::close, HidFunctions::read,
                                HidFunctions::write};
  return io;
}

HidIo::Opening::Opening(HidIo& io) { being_opened = &io; }
HidIo::Opening::~Opening() { being_opened = nullptr; }

HidIo::~HidIo() { close(); }

// O_NOCTTY: a session leader without a terminal (an agent, a cron job) must not acquire a pseudo-terminal
// token as one. O_NONBLOCK: another process may take the report that poll(2) saw, and then a read would block
// past its deadline.
bool HidIo::open(const char* path) {
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
bool HidIo::wait_for_turn() {
  const auto began = Clock::now();
  bool said = false;
  while (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      return true;  // a device that cannot be locked is used as it is
    const auto waited = Clock::now() - began;
    if (waited >= patience_ || (presence_ != nullptr && presence_->cancelled())) {
      open_error_ = EBUSY;
      return false;
    }
    if (!said && waited >= kSilentWait) {
      said = true;
      say("waiting for the token at " + name_ + ", which another program is using");
    }
    std::this_thread::sleep_for(kTurnPause);
  }
  return true;
}

void HidIo::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

int HidIo::write(const unsigned char* report, std::size_t size) {
  if (size > channel_.size()) std::memcpy(channel_.data(), report + 1, channel_.size());
  touch_awaited_ = false;
  std::size_t done = 0;
  while (done < size) {
    const ssize_t written = ::write(fd_, report + done, size - done);
    if (written > 0) {
      done += static_cast<std::size_t>(written);
    } else if (errno == EAGAIN) {
      pollfd wait{fd_, POLLOUT, 0};
      if (::poll(&wait, 1, static_cast<int>(kCancelGrace.count())) <= 0) {
        fault_ = Fault::kTimeout;
        return -1;
      }
    } else if (errno != EINTR) {
      fault_ = Fault::kGone;
      return -1;
    }
  }
  return static_cast<int>(size);
}

int HidIo::read(unsigned char* report, std::size_t size, int ms) {
  if (size != kReportSize) return -1;
  const auto deadline = Clock::now() + milliseconds(ms < 0 ? 0 : ms);
  std::size_t have = 0;
  while (have < size) {
    if (!wait_readable(deadline)) {
      if (touch_awaited_ && presence_ != nullptr) presence_->touch_over();
      return -1;
    }
    const ssize_t got = ::read(fd_, report + have, size - have);
    if (got > 0) {
      have += static_cast<std::size_t>(got);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
      fault_ = Fault::kGone;
      if (touch_awaited_ && presence_ != nullptr) presence_->touch_over();
      return -1;
    }
  }
  note_report(report, deadline);
  return static_cast<int>(size);
}

bool HidIo::wait_readable(Clock::time_point deadline) {
  for (;;) {
    if (presence_ != nullptr && !cancel_sent_ && presence_->cancelled()) cancel_request();
    const auto limit = cancel_sent_ ? std::min(deadline, cancel_deadline_) : deadline;
    const auto left = std::chrono::duration_cast<milliseconds>(limit - Clock::now());
    pollfd wait{fd_, POLLIN, 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(std::clamp(left, milliseconds(0), kTick).count()));
    if (ready > 0 && (wait.revents & POLLIN) != 0) return true;
    if (ready > 0) {
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

void HidIo::tell_presence(Clock::time_point deadline) {
  if (presence_ == nullptr) return;
  const auto left = std::chrono::ceil<std::chrono::seconds>(deadline - Clock::now());
  presence_->touch_awaited(name_, std::max(left, std::chrono::seconds(0)));
}

void HidIo::note_report(const unsigned char* report, Clock::time_point deadline) {
  const bool ours = std::memcmp(report, channel_.data(), channel_.size()) == 0;
  if (!ours) return;
  if (report[4] == kKeepalive) {
    if (report[7] != kUserPresenceNeeded) return;
    touch_awaited_ = true;
    tell_presence(deadline);
  } else if (touch_awaited_) {
    touch_awaited_ = false;
    if (presence_ != nullptr) presence_->touch_over();
  }
  if (cancel_sent_) fault_ = Fault::kCancelled;
}

// CTAP 2.1, 11.2.9.1.5: CANCEL has no answer of its own; the request that waits is answered with
// KEEPALIVE_CANCEL.
void HidIo::cancel_request() {
  cancel_sent_ = true;
  cancel_deadline_ = Clock::now() + kCancelGrace;
  std::array<unsigned char, 1 + kReportSize> frame{};
  std::copy(channel_.begin(), channel_.end(), frame.begin() + 1);
  frame[5] = kCancel;
  const bool waiting = touch_awaited_;
  (void)write(frame.data(), frame.size());
  touch_awaited_ = waiting;
}

}  // namespace halligan::token
