// halligan run
#include <unistd.h>

#include <array>
#include <chrono>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "io/child.hpp"
#include "io/signals.hpp"
#include "unattended/check.hpp"

namespace halligan::unattended {
namespace {

// As timeout(1) and the shells have them.
constexpr int kTimedOut = 124;
constexpr int kCannotRun = 126;

// To its end, or to ours: signals that end us are passed on to its whole session.
Result<int> attend(io::Child& child, std::optional<io::Deadline> deadline, const std::string& name,
                   const io::SignalHold& hold) {
  HALLIGAN_TRY(const Descriptor inbox, hold.inbox());
  while (true) {
    std::array<pollfd, 2> polled{{{child.ended_fd(), POLLIN, 0}, {inbox.get(), POLLIN, 0}}};
    if (!io::poll_until(polled, deadline)) {
      child.end();
      say(name + " was ended: it timed out");
      return kTimedOut;
    }
    if (polled[0].revents != 0) return child.wait();
    for (int signal = hold.take(); signal != 0; signal = hold.take()) child.signal(signal);
  }
}

}  // namespace

Result<int> run_unlocked(const RunOptions& options) {
  if (options.command.empty())
    return fail(Code::kUsage, "missing command", "halligan run -- COMMAND ARGUMENT...");
  const std::string name = printable(options.command.front());
  const Check gate = check(options.token, options.keys);
  if (gate.state == State::kLocked && options.skip) {
    say("skipped " + name + ": " + gate.why.message);
    return 0;
  }
  if (gate.state != State::kUnlocked) {
    say("did not run " + name + ": " + gate.why.message, gate.why.hint);
    return static_cast<int>(gate.state);
  }
  std::optional<io::Deadline> deadline;
  if (options.timeout) deadline = io::Deadline::clock::now() + std::chrono::seconds(*options.timeout);
  const io::SignalHold hold(io::kEndingSignals);
  // No terminal and no askpass: what would ask fails instead.
  const io::Variables variables{{"SSH_AUTH_SOCK", gate.agent}, {"SSH_ASKPASS_REQUIRE", "never"}};
  auto child = io::Child::start(options.command, {.in = options.input ? STDIN_FILENO : -1}, io::Session::kNew,
                                variables);
  if (!child) {
    say(child.error().message, child.error().hint);
    return kCannotRun;
  }
  return attend(*child, deadline, name, hold);
}

}  // namespace halligan::unattended
