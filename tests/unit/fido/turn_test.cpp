#include "fido/transport/turn.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "base/descriptor.hpp"

using namespace halligan;
using namespace halligan::fido;

TEST_CASE("the holder of a lock is found by device and inode") {
  struct stat file {};
  file.st_dev = makedev(0, 0x19);
  file.st_ino = 5;
  struct Row {
    const char* locks;
    std::optional<pid_t> holder;
  };
  const auto row = GENERATE(values<Row>({
      {"1: FLOCK  ADVISORY  WRITE 4711 00:19:5 0 EOF\n", 4711},
      {"1: POSIX  ADVISORY  WRITE 1 00:19:5 0 EOF\n2: FLOCK  ADVISORY  WRITE 2 00:19:5 0 EOF\n", 2},
      {"1: FLOCK  ADVISORY  WRITE 7 00:19:50 0 EOF\n2: FLOCK  ADVISORY  READ  8 00:19:5 0 EOF", 8},
      {"1: -> FLOCK  ADVISORY  WRITE 9 00:19:5 0 EOF\n", std::nullopt},  // it waits
      {"1: FLOCK  ADVISORY  WRITE 7 00:1a:5 0 EOF\n", std::nullopt},
      {"1: FLOCK  ADVISORY  WRITE 7 01:19:5 0 EOF\n", std::nullopt},
      {"1: FLOCK  ADVISORY  WRITE 0 00:19:5 0 EOF\n", std::nullopt},   // of another container
      {"1: FLOCK  ADVISORY  WRITE -1 00:19:5 0 EOF\n", std::nullopt},  // the same
      {"1: FLOCK  ADVISORY  WRITE\n1: FLOCK\n\n:\n", std::nullopt},
      {"", std::nullopt},
  }));
  CAPTURE(row.locks);
  CHECK(flock_holder(row.locks, file) == row.holder);
}

TEST_CASE("a real lock has a holder, who may be stopped") {
  char path[] = "/tmp/halligan-turn.XXXXXX";
  const Descriptor file(::mkstemp(path));
  REQUIRE(file);
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const int own = ::open(path, O_RDWR);
    const char answer = ::flock(own, LOCK_EX) == 0 ? 'y' : 'n';
    (void)!::write(ready[1], &answer, 1);
    ::pause();
    ::_exit(0);
  }
  char answer = 0;
  REQUIRE(::read(ready[0], &answer, 1) == 1);
  REQUIRE(answer == 'y');
  const auto holder = lock_holder(file.get());
  REQUIRE(holder);
  CHECK(holder->process == child);
  CHECK(holder->name == "test_unit_fido");
  CHECK_FALSE(holder->stopped);
  ::kill(child, SIGSTOP);
  int status = 0;
  REQUIRE(::waitpid(child, &status, WUNTRACED) == child);
  CHECK(lock_holder(file.get())->stopped);
  ::kill(child, SIGKILL);
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK_FALSE(lock_holder(file.get()));
  ::unlink(path);
  ::close(ready[0]);
  ::close(ready[1]);
}
