#include "io/process.hpp"

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>

#include "faults.hpp"

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
  Command command{.argv = {"cat"}, .input = large};
  CHECK(run(command).value().out == large);
  CHECK(run({.argv = {"true"}, .input = large}).value().exit_code ==
        0);  // and who does not read it does not hurt us
}

TEST_CASE("too much output is an error, and the child is gone") {
  Command command = shell("echo $$; while :; do echo y; done");
  command.limit = 1000;
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
  CHECK(finished.error().message == "sh did not end within 50 ms");
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

TEST_CASE("signals are at their defaults in the child, whatever they are here") {
  struct sigaction ignore {};
  struct sigaction before {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGTERM, &ignore, &before);
  sigset_t all;
  sigset_t mask;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &mask);
  const auto finished = run(shell("kill -TERM $$; exit 0"));
  ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  ::sigaction(SIGTERM, &before, nullptr);
  CHECK(finished.value().exit_code == 143);
}

TEST_CASE("a parent that ignores SIGCHLD does not cost us the child's result") {
  ::signal(SIGCHLD, SIG_IGN);
  CHECK(run(shell("exit 3")).value().exit_code == 3);
}
