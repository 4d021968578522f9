#include "io/append_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <csignal>
#include <optional>

#include "faults.hpp"
#include "folder.hpp"

using namespace halligan;
using namespace halligan::io;

namespace {

AppendFile open_now(const std::string& path) {
  return AppendFile::open(path, [] { FAIL("nobody holds the lock"); }).value();
}

// What append() calls: write, fsync of the file, fsync of the folder.
constexpr int kCalls = 3;

}  // namespace

TEST_CASE("what is appended is read back, up to a limit") {
  faults().reset();
  const Folder folder;
  AppendFile file = open_now(folder / "log");
  CHECK(file.read(100).value().empty());
  REQUIRE(file.append(as_bytes("one\n")));
  REQUIRE(file.append(as_bytes("two\n")));
  CHECK(faults().calls == std::vector<std::string>{"write", "fsync", "fsync", "write", "fsync", "fsync"});
  CHECK(as_text(file.read(8).value()) == "one\ntwo\n");
  CHECK(as_text(file.read(8).value()) == "one\ntwo\n");
  CHECK(file.read(7).error().message == (folder / "log") + " is larger than 7 bytes");
  REQUIRE(file.cut(4));
  CHECK(folder.listing() == "log=one\n");
}

TEST_CASE("an append that fails at any step leaves the file as it was") {
  const Folder folder;
  folder.put("log", "one\n");
  AppendFile file = open_now(folder / "log");
  for (int at = 0; at < kCalls; ++at) {
    CAPTURE(at);
    faults().reset();
    faults().fail_at = at;
    faults().with = ENOSPC;
    const auto appended = file.append(as_bytes("two\n"));
    REQUIRE_FALSE(appended);
    CHECK(appended.error().code == Code::kUnreachable);
    CHECK(appended.error().message == (folder / "log") + ": No space left on device");
    CHECK(folder.listing() == "log=one\n");
  }
  faults().reset();
  faults().fail_at = kCalls - 1;
  faults().with = EINVAL;  // a file system without fsync for folders
  CHECK(file.append(as_bytes("two\n")));
  CHECK(folder.listing() == "log=one\ntwo\n");
}

TEST_CASE("cutting fails unless it is on the disk") {
  const Folder folder;
  AppendFile file = open_now(folder / "log");
  const int at = GENERATE(0, 1);
  faults().reset();
  faults().fail_at = at;
  faults().with = EIO;
  const auto cut = file.cut(0);
  CHECK(faults().calls ==
        (at == 0 ? std::vector<std::string>{"ftruncate"} : std::vector<std::string>{"ftruncate", "fsync"}));
  faults().reset();
  REQUIRE_FALSE(cut);
  CHECK(cut.error().message == (folder / "log") + ": Input/output error");
}

TEST_CASE("a signal at any step of an append ends the program after all of it") {
  const int at = GENERATE(0, 1, 2);
  const Folder folder;
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::signal(SIGTERM, SIG_DFL);
    AppendFile file = open_now(folder / "log");
    faults().reset();
    faults().before = [&](int number) {
      if (number == at) ::kill(::getpid(), SIGTERM);
    };
    ::_exit(file.append(as_bytes("one\n")) ? 0 : 1);  // never reached
  }
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGTERM);
  CHECK(folder.listing() == "log=one\n");
}

TEST_CASE("a failed append that cannot be undone says so") {
  faults().reset();
  const Folder folder;
  AppendFile file = open_now(folder / "log");
  faults().fail_at = 0;
  faults().with = ENOSPC;
  faults().before = [](int number) {
    if (number == 0) return;
    faults().fail_at = 1;  // the ftruncate
    faults().with = EIO;
  };
  const auto appended = file.append(as_bytes("two\n"));
  faults().reset();
  REQUIRE_FALSE(appended);
  CHECK(appended.error().message ==
        (folder / "log") + ": No space left on device, and the partial write could not be undone");
}

TEST_CASE("a file that is removed or replaced at any step of an append fails it") {
  const bool replaced = GENERATE(false, true);
  for (int at = -1; at < kCalls; ++at) {
    CAPTURE(at);
    faults().reset();
    const Folder folder;
    AppendFile file = open_now(folder / "log");
    const auto take_away = [&](int number) {
      if (number != at) return;
      std::filesystem::remove(folder / "log");
      if (replaced) folder.put("log", "another");
    };
    take_away(-1);  // before the append
    faults().before = take_away;
    const auto appended = file.append(as_bytes("two\n"));
    const auto calls = faults().calls;
    faults().reset();
    REQUIRE_FALSE(appended);
    CHECK(appended.error().code == Code::kUnreachable);
    CHECK(appended.error().message == (folder / "log") + " was removed or replaced in the meantime");
    CHECK(folder.listing() == (replaced ? "log=another" : ""));
    CHECK((std::count(calls.begin(), calls.end(), "write") == 0) == (at < 0));
  }
}

TEST_CASE("files that are not appended to") {
  faults().reset();
  const Folder folder;
  folder.put("file", "x");
  const mode_t writable = GENERATE(as<mode_t>(), 0620, 0602, 0666);
  folder.put("loose", "x");
  REQUIRE(::chmod((folder / "loose").c_str(), writable) == 0);
  REQUIRE(::symlink("file", (folder / "link").c_str()) == 0);
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  struct Row {
    const char* name;
    Code code;
    const char* message;
  };
  const auto row = GENERATE(values<Row>({{"loose", Code::kBadInput, " is writable by others"},
                                         {"link", Code::kBadInput, " is a symbolic link"},
                                         {"pipe", Code::kBadInput, " is not a regular file"}}));
  const auto opened = AppendFile::open(folder / row.name, [] {});
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == row.code);
  CHECK(opened.error().message == (folder / row.name) + row.message);
  CHECK(AppendFile::open(folder / "missing/log", [] {}).error().code == Code::kNotFound);
  CHECK(AppendFile::open(folder / "..", [] {}).error().code == Code::kUsage);
}

TEST_CASE("the lock is waited for, and the file that is there then is the one") {
  faults().reset();
  const Folder folder;
  int waited = 0;
  std::optional<AppendFile> holder = open_now(folder / "log");
  const auto file = AppendFile::open(folder / "log", [&] {
    ++waited;
    std::filesystem::remove(folder / "log");
    folder.put("log", "another");
    REQUIRE(::chmod((folder / "log").c_str(), 0600) == 0);
    holder.reset();
  });
  REQUIRE(file);
  CHECK(waited == 1);
  CHECK(as_text(file->read(100).value()) == "another");
}

TEST_CASE("the lock to replace a file is that of the file which is there when the wait is over") {
  faults().reset();
  const Folder folder;
  std::optional<AppendFile> holder = open_now(folder / "log");
  const Descriptor lock = lock_to_replace(folder / "log", [&] {
                            std::filesystem::remove(folder / "log");
                            folder.put("log", "another");
                            holder.reset();
                          }).value();
  const Descriptor another(::open((folder / "log").c_str(), O_RDONLY | O_CLOEXEC));
  REQUIRE(lock);
  CHECK(::flock(another.get(), LOCK_EX | LOCK_NB) != 0);
  CHECK(errno == EWOULDBLOCK);
  CHECK_FALSE(lock_to_replace(folder / "nothing", [] {}).value());
}
