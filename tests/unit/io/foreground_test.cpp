#include "io/foreground.hpp"

#include <catch2/catch.hpp>
#include <csignal>

#include "faults.hpp"

using namespace halligan;
using namespace halligan::io;

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
  const Returned returned = run_in_foreground({"sh", "-c", row.script}).value();
  CHECK(returned.exit_code == row.exit_code);
  CHECK(returned.interrupted == row.interrupted);
}

TEST_CASE("a program for the foreground that is not there") {
  faults().reset();
  CHECK(run_in_foreground({"/nowhere/at-all"}).error().code == Code::kUnreachable);
}
