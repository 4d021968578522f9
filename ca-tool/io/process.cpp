#include "io/process.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "io/child.hpp"
#include "io/signals.hpp"

namespace halligan::io {
namespace {

// ssh notes a signal and looks at the note before it waits for its peer. A signal that comes between the two
// is heeded only when something else happens, so it is sent again.
constexpr std::chrono::milliseconds kAgain{500};

Descriptor duplicate(int fd) { return Descriptor(::fcntl(fd, F_DUPFD_CLOEXEC, 3)); }

// Keeps one end, which does not block, and returns the child's.
Result<Descriptor> open_pipe(Descriptor& ours, Descriptor Pipe::*kept, Descriptor Pipe::*given) {
  HALLIGAN_TRY(Pipe made, make_pipe());
  ours = std::move(made.*kept);
  ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);
  return std::move(made.*given);
}

std::string in_words(std::chrono::milliseconds time) {
  const auto count = time.count();
  return count % 1000 == 0 ? std::to_string(count / 1000) + " s" : std::to_string(count) + " ms";
}

// What goes into the child, as it reads it.
struct Source {
  Descriptor pipe;
  ByteView left;

  Result<Descriptor> open(const Input& input) {
    if (std::holds_alternative<Inherited>(input)) return duplicate(STDIN_FILENO);
    if (std::holds_alternative<Terminal>(input)) return Descriptor(::open("/dev/tty", O_RDWR | O_CLOEXEC));
    if (const auto* bytes = std::get_if<ByteView>(&input)) left = *bytes;
    if (left.empty()) return Descriptor();
    return open_pipe(pipe, &Pipe::write, &Pipe::read);
  }

  // The pipe is closed once the child has all of it, or reads no more.
  void feed() {
    if (!pipe) return;
    const ssize_t written = ::write(pipe.get(), left.data(), left.size());
    if (written < 0 && (errno == EINTR || errno == EAGAIN)) return;
    left = written < 0 ? ByteView{} : left.subspan(static_cast<std::size_t>(written));
    if (left.empty()) pipe.reset();
  }
};

// What comes out of the child, as it writes it: into a buffer that is the caller's, or is `text`; or on to a
// descriptor of ours.
struct Sink {
  Descriptor pipe;
  std::string text;
  Buffer buffer;
  std::size_t size = 0;
  std::size_t limit = 0;
  int relay = -1;  // where it goes on to

  Result<Descriptor> open(const Output& output, int inherited) {
    if (std::holds_alternative<Inherited>(output)) return duplicate(inherited);
    if (std::holds_alternative<Null>(output)) return Descriptor();
    if (const auto* relayed = std::get_if<Relayed>(&output)) {
      relay = inherited;
      limit = relayed->kept;
      return open_pipe(pipe, &Pipe::read, &Pipe::write);
    }
    if (const auto* given = std::get_if<Buffer>(&output)) buffer = *given;
    const auto* captured = std::get_if<Captured>(&output);
    limit = captured != nullptr ? captured->limit : buffer.size();
    return open_pipe(pipe, &Pipe::read, &Pipe::write);
  }

  // What cannot be written on is dropped, as the child's own write would have failed.
  void pass_on() {
    std::array<std::uint8_t, 4096> piece;
    ssize_t got = 0;
    while (pipe && ((got = ::read(pipe.get(), piece.data(), piece.size())) > 0 || errno == EINTR)) {
      if (got < 0) continue;
      const ByteView came = ByteView(piece).first(static_cast<std::size_t>(got));
      static_cast<void>(write_all(relay, came));
      text += as_text(came);
      if (text.size() > limit) text.erase(0, text.size() - limit);
      size = text.size();
    }
    if (got == 0) pipe.reset();
  }

  // False when there is more than the limit.
  bool drain() {
    if (relay >= 0) return pass_on(), true;
    constexpr std::size_t kChunk = 16384;
    while (pipe) {
      if (size == buffer.size() && size < limit) {
        text.resize(std::min(size + kChunk, limit));
        buffer = {reinterpret_cast<std::uint8_t*>(text.data()), text.size()};
      }
      std::uint8_t beyond = 0;
      const Buffer room = size < limit ? buffer.subspan(size) : Buffer(&beyond, 1);
      const ssize_t got = ::read(pipe.get(), room.data(), room.size());
      explicit_bzero(&beyond, sizeof beyond);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) return true;
      if (got > 0 && size == limit) return false;
      if (got > 0) size += static_cast<std::size_t>(got);
      if (got <= 0) pipe.reset();
    }
    return true;
  }

  std::string take_text() {
    text.resize(std::min(size, text.size()));
    return std::move(text);
  }
};

}  // namespace

Result<Finished> run(const Command& command) {
  const SignalHold hold(command.foreground ? std::span<const int>(kEndingSignals) : kNoSignals);
  HALLIGAN_TRY(const Descriptor inbox, hold.inbox());
  Source in;
  Sink out;
  Sink err;
  std::optional<Deadline> deadline;
  if (command.timeout) deadline = Deadline::clock::now() + *command.timeout;
  HALLIGAN_TRY(Descriptor child_in, in.open(command.in));
  HALLIGAN_TRY(Descriptor child_out, out.open(command.out, STDOUT_FILENO));
  HALLIGAN_TRY(Descriptor child_err, err.open(command.err, STDERR_FILENO));
  HALLIGAN_TRY(Child child, Child::start(command.argv, {child_in.get(), child_out.get(), child_err.get()},
                                         Session::kOurs, command.variables));
  child_in.reset();
  child_out.reset();
  child_err.reset();
  Finished finished;
  int passed_on = 0;
  // Until the child has ended, not until its pipes are closed: a grandchild may keep them.
  for (bool ended = false; !ended;) {
    std::array<pollfd, 6> polled{{{child.ended_fd(), POLLIN, 0},
                                  {inbox.get(), POLLIN, 0},
                                  {in.pipe.get(), POLLOUT, 0},
                                  {out.pipe.get(), POLLIN, 0},
                                  {err.pipe.get(), POLLIN, 0},
                                  {command.stop, POLLIN, 0}}};
    poll_until(polled, passed_on == 0 ? deadline : Deadline::clock::now() + kAgain);
    ended = polled[0].revents != 0;  // looked at before draining: what it wrote last is still read
    in.feed();
    for (Sink* each : {&out, &err}) {
      if (each->drain()) continue;
      child.end();
      return fail(Code::kBadInput,
                  command.argv[0] + " wrote more than " + std::to_string(each->limit) + " bytes");
    }
    for (int signal = hold.take(); signal != 0; signal = hold.take()) {
      finished.interrupted = true;
      if (signal == SIGTERM || signal == SIGHUP) passed_on = signal;
    }
    if (!ended && passed_on != 0) child.signal(passed_on);
    if (!ended && polled[5].revents != 0) {
      child.end();
      finished.interrupted = true;
      finished.exit_code = 128 + SIGTERM;
      return finished;
    }
    if (!ended && deadline && Deadline::clock::now() >= *deadline) {
      child.end();
      return fail(Code::kUnreachable, command.argv[0] + " timed out after " + in_words(*command.timeout));
    }
  }
  HALLIGAN_TRY(finished.exit_code, child.wait());
  finished.size = out.size;
  finished.out = out.take_text();
  finished.err = err.take_text();
  return finished;
}

}  // namespace halligan::io
