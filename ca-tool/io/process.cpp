#include "io/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "io/spawn.hpp"

namespace halligan::io {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kGrace{1000};  // between SIGTERM and SIGKILL

// The input as an anonymous file: a child that does not read it can neither block us nor send us SIGPIPE.
Result<Descriptor> input_file(std::string_view input) {
  if (input.empty()) return Descriptor();
  Descriptor fd(::memfd_create("stdin", MFD_CLOEXEC));
  while (fd && !input.empty()) {
    const ssize_t written = ::write(fd.get(), input.data(), input.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(errno_error(Code::kUnreachable, "input of a child", errno));
    input.remove_prefix(static_cast<std::size_t>(written));
  }
  if (!fd || ::lseek(fd.get(), 0, SEEK_SET) != 0) {
    return fail(errno_error(Code::kUnreachable, "input of a child", errno));
  }
  return fd;
}

// One output of the child, read as it comes.
struct Output {
  Descriptor fd;
  std::string text;

  /// False when the limit is passed.
  bool drain(std::size_t limit) {
    std::array<char, 16384> chunk;
    while (fd) {
      const ssize_t got = ::read(fd.get(), chunk.data(), chunk.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) return true;
      if (got <= 0) {
        fd.reset();
        return true;
      }
      if (text.size() + static_cast<std::size_t>(got) > limit) return false;
      text.append(chunk.data(), static_cast<std::size_t>(got));
    }
    return true;
  }
};

Result<Output> open_output(Descriptor& for_child) {
  HALLIGAN_TRY(Pipe made, make_pipe());
  for_child = std::move(made.write);
  ::fcntl(made.read.get(), F_SETFL, O_NONBLOCK);
  return Output{std::move(made.read), {}};
}

int milliseconds_until(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return left <= 0 ? 0 : left > INT32_MAX ? INT32_MAX : static_cast<int>(left);
}

enum class Waited { kEnded, kTimedOut, kTooMuch };

// Until the child has ended, not until its pipes are closed: a grandchild may keep them.
Waited collect(const Child& child, Output& out, Output& err, const Command& command,
               Clock::time_point deadline) {
  while (true) {
    std::array<pollfd, 3> polled{
        {{child.ended_fd(), POLLIN, 0}, {out.fd.get(), POLLIN, 0}, {err.fd.get(), POLLIN, 0}}};
    const int ready = ::poll(polled.data(), polled.size(), milliseconds_until(deadline));
    if (ready < 0 && errno == EINTR) continue;
    const bool ended = polled[0].revents != 0;  // looked at before draining: what it wrote last is still read
    if (!out.drain(command.limit) || !err.drain(command.limit)) return Waited::kTooMuch;
    if (ended) return Waited::kEnded;
    if (ready == 0 && Clock::now() >= deadline) return Waited::kTimedOut;
  }
}

void end(Child& child) {
  child.signal(SIGTERM);
  pollfd polled{child.ended_fd(), POLLIN, 0};
  const auto deadline = Clock::now() + kGrace;
  while (::poll(&polled, 1, milliseconds_until(deadline)) < 0 && errno == EINTR) {
  }
  if (polled.revents == 0) child.signal(SIGKILL);
  static_cast<void>(child.wait());
}

}  // namespace

Result<Finished> run(const Command& command) {
  HALLIGAN_TRY(Descriptor input, input_file(command.input));
  if (command.terminal) input = Descriptor(::open("/dev/tty", O_RDWR | O_CLOEXEC));
  Descriptor child_out;
  Descriptor child_err;
  HALLIGAN_TRY(Output out, open_output(child_out));
  Output err;
  if (!command.inherit_stderr) {
    HALLIGAN_TRY(err, open_output(child_err));
  }
  const auto deadline = Clock::now() + command.timeout;
  HALLIGAN_TRY(Child child, Child::spawn(command.argv, {input.get(), child_out.get(), child_err.get()}));
  child_out.reset();
  child_err.reset();
  const Waited waited = collect(child, out, err, command, deadline);
  if (waited != Waited::kEnded) {
    end(child);
    if (waited == Waited::kTooMuch) {
      return fail(Code::kBadInput,
                  command.argv[0] + " wrote more than " + std::to_string(command.limit) + " bytes");
    }
    return fail(Code::kUnreachable,
                command.argv[0] + " did not end within " + std::to_string(command.timeout.count()) + " ms");
  }
  HALLIGAN_TRY(const int status, child.wait());
  return Finished{status, std::move(out.text), std::move(err.text)};
}

}  // namespace halligan::io
