#include "softkey/pty_front.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace halligan::softkey {
namespace {

constexpr std::size_t kOutputReport = kReportSize + 1;
constexpr std::int64_t kStaleMs = 100;  // a report is written by one write(): its bytes come together

Failure pty_error(std::string_view what) { return fail(errno_error(Code::kUnreachable, what, errno)); }

Result<> make_raw(int slave) {
  termios settings{};
  if (::tcgetattr(slave, &settings) != 0) return pty_error("pty settings");
  ::cfmakeraw(&settings);
  settings.c_cc[VMIN] = kReportSize;  // a read gives one whole report
  settings.c_cc[VTIME] = 0;
  if (::tcsetattr(slave, TCSANOW, &settings) != 0) return pty_error("pty settings");
  if (::fchmod(slave, 0600) != 0) return pty_error("pty mode");
  return {};
}

Result<> make_link(const std::string& target, const std::filesystem::path& link) {
  struct stat there {};
  if (::lstat(link.c_str(), &there) == 0 && !S_ISLNK(there.st_mode))
    return fail(Code::kExists, link.string() + " exists and is not a link", "choose another --pty");
  const std::string temporary = link.string() + ".new." + std::to_string(::getpid());
  if (::symlink(target.c_str(), temporary.c_str()) != 0) return pty_error("link " + temporary);
  if (::rename(temporary.c_str(), link.c_str()) == 0) return {};
  const int error = errno;
  ::unlink(temporary.c_str());
  return fail(errno_error(Code::kUnreachable, "link " + link.string(), error));
}

}  // namespace

void ReportStream::receive(ByteView data, std::int64_t now_ms,
                           const std::function<void(const Report&)>& report) {
  if (!pending_.empty() && now_ms - pending_since_ms_ > kStaleMs) pending_.clear();
  if (pending_.empty()) pending_since_ms_ = now_ms;
  append(pending_, data);
  for (;;) {
    if (!pending_.empty() && pending_.front() != 0) resynchronise();
    if (pending_.size() < kOutputReport) return;
    Report one{};
    std::copy_n(pending_.begin() + 1, kReportSize, one.begin());
    pending_.erase(pending_.begin(), pending_.begin() + kOutputReport);
    pending_since_ms_ = now_ms;
    report(one);
  }
}

/// Go on at the next broadcast INIT, the one thing that a new client is sure to begin with.
void ReportStream::resynchronise() {
  static constexpr std::array<std::uint8_t, 8> kStart{0x00, 0xff, 0xff, 0xff, 0xff, 0x86, 0x00, 0x08};
  const auto found = std::search(pending_.begin(), pending_.end(), kStart.begin(), kStart.end());
  pending_.erase(pending_.begin(), found);
}

Result<TerminalGuard> TerminalGuard::start(int slave) {
  int ready[2];
  if (::pipe2(ready, O_CLOEXEC) != 0) return pty_error("pipe");
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    // Only what is safe after fork; and nothing inherited stays open, neither the state's lock nor a test's
    // pipe.
    const bool good = ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::getppid() == parent && ::setsid() >= 0 &&
                      ::ioctl(slave, TIOCSCTTY, 0) == 0 && ::write(ready[1], "", 1) == 1;
    if (!good || ::dup2(slave, 0) != 0 || ::close_range(1, ~0U, 0) != 0) ::_exit(1);
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_BLOCK, &all, nullptr);
    for (;;) ::pause();
  }
  const int error = errno;
  ::close(ready[1]);
  char byte = 0;
  const bool started = child > 0 && ::read(ready[0], &byte, 1) == 1;
  ::close(ready[0]);
  if (child < 0) return fail(errno_error(Code::kUnreachable, "fork", error));
  TerminalGuard guard;
  guard.child_ = child;
  if (!started) return fail(Code::kUnreachable, "the pty cannot be kept from becoming a client's terminal");
  return guard;
}

TerminalGuard::~TerminalGuard() {
  if (child_ <= 0) return;
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, 0);
}

Result<PtyFront> PtyFront::open(const std::filesystem::path& link) {
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (master < 0) return pty_error("open a pty");
  PtyFront front(master, -1);
  std::array<char, 128> name{};
  if (::grantpt(master) != 0 || ::unlockpt(master) != 0 || ::ptsname_r(master, name.data(), name.size()) != 0)
    return pty_error("open a pty");
  front.slave_ = ::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (front.slave_ < 0) return pty_error("open the pty's other end");
  HALLIGAN_CHECK(make_raw(front.slave_));
  HALLIGAN_TRY(front.guard_, TerminalGuard::start(front.slave_));
  front.target_ = name.data();
  HALLIGAN_CHECK(make_link(front.target_, link));
  front.link_ = link;
  return front;
}

PtyFront::PtyFront(PtyFront&& other) noexcept
    : master_(std::exchange(other.master_, -1)),
      slave_(std::exchange(other.slave_, -1)),
      target_(std::move(other.target_)),
      link_(std::exchange(other.link_, {})),
      stream_(std::move(other.stream_)),
      guard_(std::move(other.guard_)) {}

PtyFront::~PtyFront() {
  std::error_code ignored;  // gone is gone
  if (!link_.empty() && std::filesystem::read_symlink(link_, ignored) == target_)
    std::filesystem::remove(link_, ignored);
  if (slave_ >= 0) ::close(slave_);
  if (master_ >= 0) ::close(master_);
}

Result<> PtyFront::receive(std::int64_t now_ms, const std::function<void(const Report&)>& report) {
  std::array<std::uint8_t, 4096> buffer{};
  const ssize_t count = ::read(master_, buffer.data(), buffer.size());
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return {};
  if (count < 0) return pty_error("read from the pty");
  stream_.receive(ByteView(buffer).first(static_cast<std::size_t>(count)), now_ms, report);
  return {};
}

void PtyFront::send(const Report& report) {
  // Whole or not at all: half a report would put every later client out of step.
  ByteView left = report;
  while (!left.empty()) {
    const ssize_t count = ::write(master_, left.data(), left.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) break;
    left = left.subspan(static_cast<std::size_t>(count));
  }
  if (!left.empty() && left.size() < report.size()) discard_unread();
}

void PtyFront::discard_unread() { ::tcflush(slave_, TCIFLUSH); }

}  // namespace halligan::softkey
