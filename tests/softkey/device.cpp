#include "softkey/device.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <stdexcept>

#include "base/log.hpp"

namespace halligan::softkey {
namespace {
constexpr std::int64_t kKeepaliveMs = 100;  // CTAP 2.1, section 11.2.9.1.7
// A client that has not asked for so long has given up; clients ask some ten times a second.
constexpr std::int64_t kPollGapMs = 1000;
}  // namespace

Result<Signals> Signals::block_and_watch() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int each : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}) ::sigaddset(&set, each);
  if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0)
    return fail(errno_error(Code::kInternal, "sigprocmask", errno));
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGTTOU, SIG_IGN);
  ::signal(SIGTTIN, SIG_IGN);
  const int fd = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) return fail(errno_error(Code::kInternal, "signalfd", errno));
  return Signals(fd);
}

Signals::Signals(Signals&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
Signals::~Signals() {
  if (fd_ >= 0) ::close(fd_);
}

int Signals::next() {
  signalfd_siginfo info{};
  if (::read(fd_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return 0;
  return static_cast<int>(info.ssi_signo);
}

Device::Device(DeviceSettings settings, std::unique_ptr<Link> link, Storage storage, Signals signals,
               FILE* log)
    : settings_(std::move(settings)),
      link_(std::move(link)),
      storage_(std::move(storage)),
      signals_(std::move(signals)),
      log_(log) {
  link_->opened = [this](std::uint32_t channel, std::size_t question, std::size_t answer) {
    session_->initialized(channel, question, answer);
  };
  if (settings_.touch.mode == TouchMode::kAsk) terminal_.emplace();
}

Result<> Device::power_up() {
  HALLIGAN_TRY(const auto stored, storage_.load());
  State state;
  if (stored) {
    HALLIGAN_TRY(state, decode_state(stored->view()));
  } else {
    state = new_state(*this);
    const auto encoded = encode(state);
    HALLIGAN_CHECK(storage_.save(encoded->view()));
  }
  authenticator_ = std::make_unique<Authenticator>(settings_.token, *this, std::move(state));
  Session::Hooks hooks{[this](const Exchange& exchange) { write_log(exchange); },
                       [this] { say(settings_.name + " winks"); }, [this] { stall(); }};
  session_ = std::make_unique<Session>(link_->transport(), *authenticator_, *this,
                                       settings_.token.misbehaviour, std::move(hooks));
  return {};
}

Result<> Device::run() {
  while (!ending_) {
    HALLIGAN_CHECK(pump(std::nullopt));
    work();
  }
  return {};
}

/// What came while the power was off and on again is for a token that has just woken up.
void Device::work() {
  do {
    session_->run();
  } while (power_cycled());
}

bool Device::power_cycled() {
  if (!link_->take_power_up()) return false;
  field_.power_up(now_ms());
  authenticator_->power_up();
  return true;
}

/// Wait for something to happen, until `until_ms` at most, and let the transport deal with it.
Result<> Device::pump(std::optional<std::int64_t> until_ms) {
  Transport& transport = link_->transport();
  const auto due = transport.deadline();
  if (due && (!until_ms || *due < *until_ms)) until_ms = due;
  const int timeout =
      until_ms ? static_cast<int>(std::clamp<std::int64_t>(*until_ms - now_ms(), 0, 60'000)) : -1;
  const int terminal = asking_ && terminal_ ? terminal_->fd() : -1;
  std::array<pollfd, 3> fds{{{link_->fd(), POLLIN, 0}, {signals_.fd(), POLLIN, 0}, {terminal, POLLIN, 0}}};
  if (::poll(fds.data(), fds.size(), timeout) < 0 && errno != EINTR)
    return fail(errno_error(Code::kUnreachable, "poll", errno));
  if (fds[1].revents != 0) handle_signals();
  if (fds[0].revents != 0 && link_->fd() == fds[0].fd) HALLIGAN_CHECK(link_->receive(now_ms()));
  transport.tick(now_ms());
  if (fds[2].revents != 0) {
    const auto answered = terminal_->answer();
    if (answered) touched_ = answered;
  }
  return {};
}

void Device::handle_signals() {
  for (int number = signals_.next(); number != 0; number = signals_.next()) {
    if (number == SIGUSR1) {
      touched_ = Touch::kGiven;
    } else if (number == SIGUSR2) {
      if (const auto moved = link_->move(); !moved) say(moved.error().message);
    } else {
      ending_ = true;
    }
  }
}

Touch Device::await_touch(const TouchRequest& request) {
  if (settings_.token.misbehaviour.vanish_on_touch) vanish();
  if (settings_.touch.mode == TouchMode::kAuto) return Touch::kGiven;
  if (settings_.touch.mode == TouchMode::kField)
    return field_.use(now_ms()) ? Touch::kGiven : Touch::kTimeout;
  const std::int64_t begin = now_ms();
  const std::int64_t end = begin + settings_.touch.timeout_ms;
  const std::int64_t comes = begin + settings_.touch.after_ms;
  std::int64_t next_keepalive = begin;
  touched_.reset();  // only what comes after the question counts
  asking_ = terminal_.has_value();
  if (asking_) terminal_->ask(settings_.name, request);
  std::optional<Touch> outcome;
  while (!outcome) {
    const std::int64_t now = now_ms();
    if (ending_ || link_->transport().aborted() || link_->transport().cancelled()) {
      outcome = Touch::kCancelled;
    } else if (touched_) {
      outcome = touched_;
    } else if (settings_.touch.mode == TouchMode::kAfter && now >= comes) {
      outcome = Touch::kGiven;
    } else if (now >= end) {
      outcome = Touch::kTimeout;
    } else {
      if (now >= next_keepalive) {
        link_->transport().keepalive(kKeepaliveUpNeeded);
        next_keepalive = now + kKeepaliveMs;
      }
      std::int64_t until = std::min(next_keepalive, end);
      if (settings_.touch.mode == TouchMode::kAfter) until = std::min(until, comes);
      if (!pump(until)) outcome = Touch::kCancelled;
    }
  }
  if (asking_) terminal_->say(*outcome == Touch::kGiven ? "touched\n" : "not touched\n");
  asking_ = false;
  return *outcome;
}

bool Device::touched(const TouchRequest& request) {
  if (settings_.token.misbehaviour.vanish_on_touch) vanish();
  if (settings_.touch.mode == TouchMode::kAuto) return true;
  if (settings_.touch.mode == TouchMode::kField) return field_.use(now_ms());
  const std::int64_t now = now_ms();
  if (!polled_ || polled_->operation != request.operation || now - polled_->last_ms > kPollGapMs) {
    polled_ = Polled{std::string(request.operation), now, now};
    touched_.reset();
    asking_ = terminal_.has_value();
    if (asking_) terminal_->ask(settings_.name, request);
  }
  polled_->last_ms = now;
  const bool given = touched_ == Touch::kGiven || (settings_.touch.mode == TouchMode::kAfter &&
                                                   now - polled_->began_ms >= settings_.touch.after_ms);
  if (!given) return false;
  if (asking_) terminal_->say("touched\n");
  asking_ = false;
  polled_.reset();
  touched_.reset();
  return true;
}

void Device::stall() {
  std::int64_t next_keepalive = now_ms();
  while (!ending_ && !link_->transport().aborted()) {
    const std::int64_t now = now_ms();
    if (now >= next_keepalive) {
      link_->transport().keepalive(kKeepaliveProcessing);
      next_keepalive = now + kKeepaliveMs;
    }
    if (!pump(next_keepalive)) return;
  }
}

void Device::working() { link_->transport().keepalive(kKeepaliveProcessing); }

Result<> Device::save(ByteView state) { return storage_.save(state); }

std::int64_t Device::now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

void Device::random(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t count = ::getrandom(out.data(), out.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) throw std::runtime_error("getrandom failed");
    out = out.subspan(static_cast<std::size_t>(count));
  }
}

void Device::write_log(const Exchange& exchange) {
  if (log_ == nullptr) return;
  using namespace std::chrono;
  const auto time = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  const std::string line = log_line(exchange, time) + "\n";
  std::fwrite(line.data(), 1, line.size(), log_);
  std::fflush(log_);
}

/// As if pulled out of its socket: no answer, no farewell.
void Device::vanish() {
  link_.reset();
  ::_exit(0);
}

}  // namespace halligan::softkey
