#include "unattended/holder/process.hpp"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "base/codec.hpp"
#include "base/folder.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "io/child.hpp"
#include "io/clock.hpp"
#include "io/descriptor.hpp"
#include "io/hardening.hpp"
#include "io/signals.hpp"
#include "pin_holder/client.hpp"
#include "unattended/holder/server.hpp"
#include "unattended/kept_agent.hpp"

namespace halligan::unattended {
namespace {

constexpr std::chrono::seconds kStartWait{10};
constexpr std::chrono::seconds kKillWait{5};
// A signature may have to be given up first.
constexpr std::chrono::milliseconds kLockWait{4000};

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

// CLOCK_BOOTTIME: it goes on while the machine sleeps.
Result<Descriptor> timer_of(std::uint32_t seconds) {
  Descriptor timer(::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
  const itimerspec when{.it_interval = {},
                        .it_value = {.tv_sec = static_cast<time_t>(seconds), .tv_nsec = 0}};
  if (!timer || ::timerfd_settime(timer.get(), 0, &when, nullptr) != 0)
    return fail(errno_error(Code::kUnreachable, "timerfd", errno));
  return timer;
}

// Nothing of whoever started it stays open: a pipe that somebody reads to its end, a descriptor with a PIN.
Result<> close_all_but(const std::vector<int>& kept) {
  const Descriptor null = io::open_file("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (!null || ::dup2(null.get(), fd) < 0) return fail(errno_error(Code::kUnreachable, "/dev/null", errno));
  HALLIGAN_TRY(const auto open, names_in("/proc/self/fd"));
  for (const std::string& name : open) {
    const auto fd = whole_number<int>(name);
    if (fd && *fd > STDERR_FILENO && *fd != null.get() && std::ranges::find(kept, *fd) == kept.end())
      ::close(*fd);
  }
  return {};
}

// In the new process. @param said  gets one zero byte once it listens
Result<> hold(HeldPin pin, HolderTerms terms, TokenNode node, const std::string& runtime,
              std::uint32_t seconds, Descriptor& said) {
  HALLIGAN_CHECK(pin.keep());
  ::setsid();
  ::umask(0077);
  io::harden_process();
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (::chdir("/") != 0) return io::path_failure("/", errno);
  HALLIGAN_CHECK(close_all_but({node.fd(), said.get()}));
  const io::SignalHold signals(io::kEndingSignals);
  HALLIGAN_TRY(Descriptor inbox, signals.inbox());
  HALLIGAN_TRY(Descriptor timer, timer_of(seconds));
  HALLIGAN_TRY(HolderSocket socket, HolderSocket::listen(runtime));
  Holder holder(std::move(pin), std::move(terms), std::move(node));
  const std::array<std::uint8_t, 1> ready{};
  if (!io::write_all(said.get(), ready)) return {};  // nobody waits any more
  said.reset();
  Server(holder, socket, std::move(timer), std::move(inbox)).serve();
  complain("no PIN is held any more: " + holder.over().value_or(""));
  return {};
}

[[noreturn]] void hold_and_exit(HeldPin pin, HolderTerms terms, TokenNode node, const std::string& runtime,
                                std::uint32_t seconds, Descriptor said) noexcept {
  const auto held = hold(std::move(pin), std::move(terms), std::move(node), runtime, seconds, said);
  if (!held && said)
    (void)io::write_all(said.get(), as_bytes(held.error().message + "\n" + held.error().hint));
  ::_exit(held ? 0 : 1);
}

Result<> await(const Descriptor& said) {
  const auto deadline = io::Deadline::clock::now() + kStartWait;
  std::string text;
  while (io::readable_until(said.get(), deadline)) {
    std::array<std::uint8_t, 512> piece;
    const ssize_t got = io::read_some(said.get(), piece);
    if (got > 0 && piece[0] == 0) return {};
    if (got > 0) {
      text += as_text(ByteView(piece).first(static_cast<std::size_t>(got)));
      continue;
    }
    std::string_view rest = text;
    const std::string_view why = next_line(rest);
    return fail(Code::kUnreachable,
                "the PIN holder did not start: " + std::string(why.empty() ? "it was ended" : why),
                std::string(rest));
  }
  return fail(Code::kUnreachable, "the PIN holder did not start in time");
}

// Wherever unlock may have put it.
std::vector<std::string> all_runtimes() {
  std::vector<std::string> all = pin_holder::runtime_folders();
  if (const std::string unit = agent_of_system(); !unit.empty()) all.insert(all.begin(), folder_of(unit));
  return all;
}

// SIGKILL to who listens, whoever that is by now: the same process listens after its pidfd was opened.
Result<> kill_listener(const std::string& runtime) {
  HALLIGAN_TRY(const auto listener, pin_holder::Connection::open(runtime));
  const Failure stuck = fail(Code::kUnreachable, "the PIN holder neither answers nor ends",
                             "end it: kill -9 " + std::to_string(listener.peer()));
  const Descriptor process = io::watch_process(listener.peer());
  const auto again = pin_holder::Connection::open(runtime);
  if (!process || !again || again->peer() != listener.peer()) return stuck;
  if (::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0) != 0) return stuck;
  if (!io::readable_until(process.get(), io::Deadline::clock::now() + kKillWait)) return stuck;
  return {};
}

Result<bool> lock_in(const std::string& runtime, const std::vector<std::string>& names) {
  auto connection = pin_holder::Connection::open(runtime);
  if (!connection && connection.error().code == Code::kNotFound) return false;
  const auto answer = connection ? connection->ask(pin_holder::LockCall{names}, kLockWait)
                                 : Result<pin_holder::Answer>(fail(std::move(connection).error()));
  if (answer && std::holds_alternative<pin_holder::LockedAnswer>(*answer)) return true;
  const auto killed = kill_listener(runtime);
  if (!killed && killed.error().code == Code::kNotFound) return false;  // by now
  HALLIGAN_CHECK(killed);
  return true;
}

}  // namespace

Result<std::string> holder_runtime(const std::string& agent_socket) {
  std::vector<std::string> folders = pin_holder::runtime_folders();
  if (const std::string unit = agent_of_system(); !unit.empty() && unit == agent_socket)
    folders = {folder_of(unit)};
  for (std::string& each : folders) {
    if (::access(each.c_str(), F_OK) != 0) continue;
    HALLIGAN_CHECK(make_holder_folder(each));
    return std::move(each);
  }
  return fail(Code::kUnreachable, "no folder for the PIN holder's socket: there is no XDG_RUNTIME_DIR",
              "log in as this user, or let its runtime folder stay: loginctl enable-linger");
}

Result<std::uint64_t> start_holder(HeldPin pin, HolderTerms terms, TokenNode node, const std::string& runtime,
                                   std::uint32_t seconds) {
  // A copy of a process with threads has locks that nobody opens.
  HALLIGAN_TRY(const auto threads, names_in("/proc/self/task"));
  if (threads.size() != 1)
    return fail(Code::kUnreachable, "a reader or a token still keeps a thread busy", "try again");
  HALLIGAN_TRY(io::Pipe said, io::make_pipe());
  const std::uint64_t until = io::unix_seconds() + seconds;
  terms.until = until;
  const pid_t child = ::fork();
  if (child < 0) return fail(errno_error(Code::kUnreachable, "fork", errno));
  if (child == 0)
    hold_and_exit(std::move(pin), std::move(terms), std::move(node), runtime, seconds, std::move(said.write));
  pin.leave();
  said.write.reset();
  auto started = await(said.read);
  if (!started) {
    ::kill(child, SIGKILL);
    return fail(std::move(started).error());
  }
  return until;
}

Result<std::optional<pin_holder::StatusAnswer>> held_now() {
  for (const std::string& runtime : all_runtimes()) {
    auto connection = pin_holder::Connection::open(runtime);
    if (!connection && connection.error().code == Code::kNotFound) continue;
    if (!connection) return fail(std::move(connection).error());
    HALLIGAN_TRY(auto answer, connection->ask(pin_holder::StatusCall{}, pin_holder::kAnswerWait));
    if (auto* status = std::get_if<pin_holder::StatusAnswer>(&answer)) return std::move(*status);
    return fail(Code::kBadInput, "the PIN holder answered something else");
  }
  return std::nullopt;
}

Result<bool> lock_holders(const std::vector<std::string>& names) {
  bool any = false;
  for (const std::string& runtime : all_runtimes()) {
    HALLIGAN_TRY(const bool there, lock_in(runtime, names));
    any = any || there;
  }
  return any;
}

}  // namespace halligan::unattended
