#include "io/process.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "base/text.hpp"
#include "faults.hpp"
#include "io/signals.hpp"

using namespace halligan;
using namespace halligan::io;

namespace {

Command shell(const std::string& script) { return {.argv = {"sh", "-c", script}}; }

}  // namespace

TEST_CASE("a child's status and both outputs come back") {
  faults().reset();
  struct Row {
    const char* script;
    int exit_code;
    const char* out;
    const char* err;
  };
  const auto row = GENERATE(values<Row>({{"exit 0", 0, "", ""},
                                         {"echo out; echo err >&2; exit 7", 7, "out\n", "err\n"},
                                         {"kill -TERM $$", 143, "", ""},
                                         {"kill -KILL $$", 137, "", ""},
                                         {"cat", 0, "", ""},
                                         {"printf '%s' \"$0\"", 0, "sh", ""}}));
  const Finished finished = run(shell(row.script)).value();
  CHECK(finished.exit_code == row.exit_code);
  CHECK(finished.out == row.out);
  CHECK(finished.err == row.err);
}

TEST_CASE("arguments are given as they are, without a shell") {
  const Finished finished = run({.argv = {"printf", "%s|", "a b", "$HOME", "`id`", "*", ""}}).value();
  CHECK(finished.out == "a b|$HOME|`id`|*||");
}

TEST_CASE("input larger than any pipe goes in and comes out") {
  faults().reset();
  const std::string large(1 << 20, 'z');
  CHECK(run({.argv = {"cat"}, .in = as_bytes(large)}).value().out == large);
  // A program that does not read it is no harm.
  CHECK(run({.argv = {"true"}, .in = as_bytes(large)}).value().exit_code == 0);
}

TEST_CASE("too much output is an error, and the child is gone") {
  Command command = shell("echo $$; while :; do echo y; done");
  command.out = Captured{1000};
  const auto finished = run(command);
  REQUIRE_FALSE(finished);
  CHECK(finished.error().code == Code::kBadInput);
  CHECK(finished.error().message == "sh wrote more than 1000 bytes");
}

TEST_CASE("a child that does not end in time is ended, even if it does not listen") {
  const auto* script = GENERATE("while :; do sleep 0.01; done", "trap '' TERM; while :; do sleep 0.01; done");
  Command command = shell(script);
  command.timeout = std::chrono::milliseconds(50);
  const auto finished = run(command);
  REQUIRE_FALSE(finished);
  CHECK(finished.error().code == Code::kUnreachable);
  CHECK(finished.error().message == "sh timed out after 50 ms");
}

TEST_CASE("a child is ended once it is to stop, even if it does not listen") {
  const auto* script = GENERATE("echo here; while :; do sleep 0.01; done",
                                "trap '' TERM; echo here; while :; do sleep 0.01; done", "echo here");
  const bool ends = std::string_view(script) == "echo here";
  auto pipe = io::make_pipe();
  REQUIRE(pipe);
  if (!ends) pipe->write.reset();  // readable from the beginning
  Command command = shell(script);
  command.stop = pipe->read.get();
  const auto finished = run(command);
  REQUIRE(finished);
  CHECK(finished->interrupted != ends);
  CHECK(finished->exit_code == (ends ? 0 : 128 + SIGTERM));
}

TEST_CASE("a program that is not there") {
  const auto finished = run({.argv = {"halligan-no-such-program"}});
  REQUIRE_FALSE(finished);
  CHECK(finished.error().code == Code::kUnreachable);
  CHECK(finished.error().message == "cannot run halligan-no-such-program: No such file or directory");
  CHECK_FALSE(run({.argv = {}}));
}

TEST_CASE("a grandchild that keeps the pipes does not keep us") {
  const Finished finished = run(shell("sleep 1000 & echo $!")).value();
  CHECK(finished.exit_code == 0);
  const int pid = std::atoi(finished.out.c_str());
  REQUIRE(pid > 1);
  CHECK(::kill(pid, SIGKILL) == 0);  // it was still there
}

TEST_CASE("in the child no signal is ignored or blocked, whatever they are here") {
  struct sigaction ignore {};
  std::array<struct sigaction, 3> before{};
  constexpr std::array kIgnored{SIGTERM, SIGPIPE, SIGXFSZ};
  ignore.sa_handler = SIG_IGN;
  for (std::size_t i = 0; i < kIgnored.size(); ++i) ::sigaction(kIgnored[i], &ignore, &before[i]);
  sigset_t all;
  sigset_t mask;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &mask);
  const bool foreground = GENERATE(false, true);
  const auto status =
      run({.argv = {"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"}, .foreground = foreground});
  const auto ended = run({.argv = {"sh", "-c", "kill -TERM $$; exit 0"}, .foreground = foreground});
  ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  for (std::size_t i = 0; i < kIgnored.size(); ++i) ::sigaction(kIgnored[i], &before[i], nullptr);
  std::string_view lines = status.value().out;
  CHECK(next_line(lines) == "SigBlk:\t0000000000000000");
  // posix_spawn() of glibc 2.36 leaves 32 and 33 ignored, its own signals for threads.
  const std::string ignored(next_line(lines));
  REQUIRE(ignored.starts_with("SigIgn:\t"));
  CHECK((std::stoull(ignored.substr(8), nullptr, 16) & 0x7fffffff) == 0);
  CHECK(ended.value().exit_code == 143);
}

TEST_CASE("signals are here as they were before a child ran") {
  faults().reset();
  struct sigaction pipe_before {};
  struct sigaction pipe_after {};
  sigset_t mask_before;
  sigset_t mask_after;
  ::sigaction(SIGPIPE, nullptr, &pipe_before);
  ::pthread_sigmask(SIG_BLOCK, nullptr, &mask_before);
  CHECK(run({.argv = {"true"}, .foreground = GENERATE(false, true)}));
  ::sigaction(SIGPIPE, nullptr, &pipe_after);
  ::pthread_sigmask(SIG_BLOCK, nullptr, &mask_after);
  CHECK(pipe_before.sa_handler == pipe_after.sa_handler);
  for (const int each : kEndingOrStoppingSignals) {
    CHECK(sigismember(&mask_before, each) == sigismember(&mask_after, each));
  }
}

TEST_CASE("a parent that ignores SIGCHLD does not cost us the child's result") {
  ::signal(SIGCHLD, SIG_IGN);
  CHECK(run(shell("exit 3")).value().exit_code == 3);
}

namespace {

Result<Finished> filter(std::vector<std::string> argv, ByteView input, Buffer out) {
  return run({.argv = std::move(argv), .in = input, .out = out});
}

}  // namespace

TEST_CASE("more than a pipe holds goes through a program, both ways at once") {
  const Bytes input(500'000, 'x');
  Bytes out(input.size());
  const auto done = filter({"cat"}, input, out);
  REQUIRE(done);
  CHECK(done->exit_code == 0);
  CHECK(done->size == input.size());
  CHECK(done->out.empty());
  CHECK(out == input);
}

TEST_CASE("into a buffer: a program that reads nothing, writes too much or fails") {
  const Bytes input(500'000, 'x');
  Bytes out(16);
  const auto deaf = filter({"sh", "-c", "echo no; exit 3"}, input, out);
  REQUIRE(deaf);
  CHECK(deaf->exit_code == 3);
  CHECK(as_text(ByteView(out).first(deaf->size)) == "no\n");
  CHECK(filter({"cat"}, ByteView(input).first(16), out)->size == 16);
  const auto more = filter({"cat"}, ByteView(input).first(17), out);
  REQUIRE_FALSE(more);
  CHECK(more.error().code == Code::kBadInput);
  CHECK(more.error().message == "cat wrote more than 16 bytes");
  CHECK(filter({"/no/such/program"}, {}, out).error().code == Code::kUnreachable);
}

TEST_CASE("streams that are not captured") {
  const Finished inherited =
      run({.argv = {"sh", "-c", "x=$(readlink /proc/$$/fd/1); echo \"$x\" >&2"}, .out = Inherited{}}).value();
  CHECK(inherited.err == std::filesystem::read_symlink("/proc/self/fd/1").string() + "\n");
  const Finished null =
      run({.argv = {"sh", "-c", "readlink /proc/$$/fd/0 /proc/$$/fd/2"}, .err = Null{}}).value();
  CHECK(null.out == "/dev/null\n/dev/null\n");
}

TEST_CASE("a program in the foreground: its status comes back, and signals do not end us before it") {
  faults().reset();
  struct Row {
    const char* script;
    int exit_code;
    bool interrupted;
  };
  const auto row = GENERATE(
      values<Row>({{"exit 7", 7, false},
                   {"kill -KILL $$", 128 + SIGKILL, false},
                   {"kill -INT $PPID; exit 4", 4, true},
                   {"kill -QUIT $PPID; exit 4", 4, true},
                   {"kill -TERM $PPID; exec sleep 60", 128 + SIGTERM, true},
                   {"kill -HUP $PPID; exec sleep 60", 128 + SIGHUP, true},
                   {"trap 'exit 5' TERM; kill -TERM $PPID; while :; do sleep 0.01; done", 5, true}}));
  const Finished finished = run({.argv = {"sh", "-c", row.script},
                                 .in = Inherited{},
                                 .out = Inherited{},
                                 .err = Inherited{},
                                 .timeout = std::nullopt,
                                 .foreground = true})
                                .value();
  CHECK(finished.exit_code == row.exit_code);
  CHECK(finished.interrupted == row.interrupted);
}
