#include "io/files.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <csignal>
#include <set>

#include "faults.hpp"
#include "folder.hpp"
#include "io/folders.hpp"

using namespace halligan;
using namespace halligan::io;

namespace {

mode_t mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

std::vector<NewFile> three(const Folder& folder) {
  return {{folder / "key", 0600, as_bytes("private")},
          {folder / "key.pub", 0644, as_bytes("public")},
          {folder / "key-cert.pub", 0644, as_bytes("certificate")}};
}
constexpr const char* kThree = "key-cert.pub=certificate key.pub=public key=private";

// What a child process made of itself: 0 is good.
template <typename Action>
int in_child(Action action) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(action());
  int status = 0;
  ::waitpid(pid, &status, 0);
  return status;
}

}  // namespace

TEST_CASE("a set of files appears with contents and modes, whatever the umask") {
  faults().reset();
  const Folder folder;
  const mode_t before = ::umask(GENERATE(as<mode_t>(), 0, 0777));
  const auto written = write_files(three(folder), Existing::kRefuse);
  ::umask(before);
  REQUIRE(written);
  CHECK(folder.listing() == kThree);
  CHECK(mode_of(folder / "key") == 0600);
  CHECK(mode_of(folder / "key.pub") == 0644);
}

TEST_CASE("an existing file is refused, and nothing else of the set is written") {
  faults().reset();
  const Folder folder;
  folder.put("key.pub", "old");
  const std::vector<std::string> paths{folder / "key", folder / "key.pub"};
  const auto checked = check_new_files(paths, Existing::kRefuse);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().code == Code::kExists);
  CHECK(checked.error().message == (folder / "key.pub") + " exists");
  CHECK(write_files(three(folder), Existing::kRefuse).error().code == Code::kExists);
  CHECK(folder.listing() == "key.pub=old");
}

TEST_CASE("with force a file is replaced, and a link itself and not what it points to") {
  faults().reset();
  faults().no_exchange = GENERATE(false, true);
  const Folder folder;
  folder.put("key", "old private");
  folder.put("precious", "untouched");
  REQUIRE(::symlink("precious", (folder / "key.pub").c_str()) == 0);
  REQUIRE(write_files(three(folder), Existing::kReplace));
  CHECK(folder.listing() == std::string(kThree) + " precious=untouched");
  CHECK(mode_of(folder / "key") == 0600);
}

TEST_CASE("a link at the target, dangling or not, is an existing file") {
  faults().reset();
  const Folder folder;
  const auto* target = GENERATE("nowhere", "precious");
  folder.put("precious", "untouched");
  REQUIRE(::symlink(target, (folder / "key").c_str()) == 0);
  CHECK(write_files(three(folder), Existing::kRefuse).error().code == Code::kExists);
  CHECK(folder.listing() == std::string("key->") + target + " precious=untouched");
}

TEST_CASE("a folder is never replaced") {
  faults().reset();
  const Folder folder;
  REQUIRE(::mkdir((folder / "key").c_str(), 0700) == 0);
  const auto written = write_files(three(folder), GENERATE(Existing::kRefuse, Existing::kReplace));
  REQUIRE_FALSE(written);
  CHECK(written.error().code == Code::kExists);
  CHECK(folder.listing() == "key/");
}

TEST_CASE("file systems without the flags of rename still never overwrite") {
  faults().reset();
  faults().no_rename_flags = true;
  const Folder folder;
  REQUIRE(write_files(three(folder), Existing::kRefuse));
  CHECK(folder.listing() == kThree);
  CHECK(write_files(three(folder), Existing::kRefuse).error().code == Code::kExists);
  const NewFile newer{folder / "key", 0600, as_bytes("newer")};
  REQUIRE(write_files({&newer, 1}, Existing::kReplace));
  CHECK(folder.listing() == "key-cert.pub=certificate key.pub=public key=newer");
}

TEST_CASE("whatever call fails, all is as it was before") {
  struct Row {
    Existing existing;
    bool no_exchange;
    bool no_flags;
  };
  const auto row = GENERATE(values<Row>({{Existing::kRefuse, false, false},
                                         {Existing::kRefuse, false, true},
                                         {Existing::kReplace, false, false},
                                         {Existing::kReplace, true, false},
                                         {Existing::kReplace, false, true}}));
  int failures = 0;
  for (int at = 0;; ++at) {
    const Folder folder;
    std::string before;
    if (row.existing == Existing::kReplace) {
      folder.put("key", "old private");
      folder.put("key-cert.pub", "old certificate");
    }
    before = folder.listing();
    faults().reset();
    faults().no_exchange = row.no_exchange;
    faults().no_rename_flags = row.no_flags;
    faults().fail_at = at;
    faults().with = ENOSPC;
    const auto written = write_files(three(folder), row.existing);
    const bool reached = static_cast<int>(faults().calls.size()) > at;
    CAPTURE(at, faults().calls);
    faults().reset();
    if (written) {
      CHECK(folder.listing() == kThree);
      CHECK_FALSE(reached);  // a call that failed was noticed
      break;
    }
    ++failures;
    CHECK(written.error().code == Code::kUnreachable);
    CHECK(folder.listing() == before);
  }
  CHECK(failures >= 13);  // three files: fchmod, write, fsync, move; fsync of the folder
}

TEST_CASE("many files are synced together, all or none") {
  const Folder folder;
  std::vector<NewFile> files;
  for (int i = 0; i < 300; ++i)
    files.push_back({folder / ("f" + std::to_string(i)), 0644, as_bytes("contents")});
  const auto calls = [](const char* name) {
    return std::count(faults().calls.begin(), faults().calls.end(), name);
  };
  faults().reset();
  faults().fail_at = 600;  // behind each file's fchmod and write
  faults().with = EIO;
  const auto written = write_files(files, Existing::kRefuse);
  REQUIRE_FALSE(written);
  CHECK(faults().calls.back() == "syncfs");
  CHECK(written.error().message == files[0].path + ": Input/output error");
  CHECK(folder.listing().empty());

  faults().reset();
  REQUIRE(write_files(files, Existing::kRefuse));
  CHECK(calls("syncfs") == 1);
  CHECK(calls("fsync") == 1);  // of the folder
  CHECK(calls("renameat2") == 300);
  const auto first_move = std::find(faults().calls.begin(), faults().calls.end(), "renameat2");
  CHECK(std::find(faults().calls.begin(), first_move, "syncfs") != first_move);
  faults().reset();
}

TEST_CASE("a file that appears in the last moment is not overwritten") {
  // renameat2 is told that the name is taken, which is what the kernel says when somebody was faster.
  const Folder folder;
  faults().reset();
  REQUIRE(write_files(three(folder), Existing::kRefuse));
  const auto calls = faults().calls;
  const auto second_move =
      std::find(std::find(calls.begin(), calls.end(), "renameat2") + 1, calls.end(), "renameat2");
  const Folder other;
  faults().reset();
  faults().fail_at = static_cast<int>(second_move - calls.begin());
  faults().with = EEXIST;
  const auto written = write_files(three(other), Existing::kRefuse);
  faults().reset();
  REQUIRE_FALSE(written);
  CHECK(written.error().code == Code::kExists);
  CHECK(other.listing().empty());
}

TEST_CASE("a disk that is full leaves nothing") {
  faults().reset();
  const Folder folder;
  const int status = in_child([&] {
    const struct rlimit limit { 8, 8 };
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto written =
        write_files(three(folder), Existing::kRefuse);  // "certificate" is longer than 8 bytes
    return !written && written.error().code == Code::kUnreachable &&
                   written.error().message == (folder / "key-cert.pub") + ": File too large"
               ? 0
               : 1;
  });
  CHECK(status == 0);  // and not ended by SIGXFSZ
  CHECK(folder.listing().empty());
}

TEST_CASE("a folder that may not be written to is noticed before anything is done") {
  faults().reset();
  const Folder folder;
  const int status = in_child([&] {
    if (::chdir(folder.path().c_str()) != 0 || ::chmod(".", 0555) != 0) return 2;
    if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) return 3;
    const std::vector<std::string> paths{"key"};
    const auto checked = check_new_files(paths, Existing::kRefuse);
    return !checked && checked.error().code == Code::kUnreachable &&
                   checked.error().message == ".: Permission denied"
               ? 0
               : 1;
  });
  CHECK(status == 0);
}

TEST_CASE("names that are none, and folders that are not there") {
  faults().reset();
  struct Row {
    std::string name;
    Code code;
  };
  const auto row = GENERATE(values<Row>({{"/", Code::kUsage},
                                         {"/.", Code::kUsage},
                                         {"/..", Code::kUsage},
                                         {std::string("/a\0b", 4), Code::kUsage},
                                         {"/missing/key", Code::kNotFound},
                                         {"/file/key", Code::kNotFound},
                                         {"/" + std::string(300, 'x'), Code::kUnreachable}}));
  CAPTURE(row.name);
  const Folder folder;
  folder.put("file", "x");
  const std::vector<std::string> paths{folder.path() + row.name};
  const auto checked = check_new_files(paths, Existing::kRefuse);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().code == row.code);
  const std::vector<std::string> empty{""};
  CHECK(check_new_files(empty, Existing::kRefuse).error().code == Code::kUsage);
}

TEST_CASE("one file under two names of its folder is noticed") {
  faults().reset();
  const Folder folder;
  const std::vector<std::string> paths{folder / "key", folder / "./key"};
  CHECK(check_new_files(paths, Existing::kReplace).error().code == Code::kUsage);
}

TEST_CASE("a signal at any step of writing ends the program after all of it") {
  const int signal = GENERATE(SIGINT, SIGTERM, SIGHUP, SIGQUIT);
  int signals = 0;
  for (bool reached = true; reached; ++signals) {
    const Folder folder;
    const int status = in_child([&] {
      const struct rlimit none { 0, 0 };
      ::setrlimit(RLIMIT_CORE, &none);
      ::signal(signal, SIG_DFL);
      faults().reset();
      faults().before = [&](int number) {
        if (number == signals) ::kill(::getpid(), signal);
      };
      return write_files(three(folder), Existing::kRefuse) ? 0 : 1;
    });
    reached = WIFSIGNALED(status);
    CAPTURE(signals, status);
    CHECK(folder.listing() == kThree);
    if (reached) CHECK(WTERMSIG(status) == signal);
    if (!reached) CHECK(status == 0);
  }
  CHECK(signals > 13);  // the steps of the test above
}

TEST_CASE("a signal that is ignored stays ignored while files are written") {
  const Folder folder;
  const int status = in_child([&] {
    ::signal(SIGHUP, SIG_IGN);
    faults().reset();
    faults().before = [](int) { ::kill(::getpid(), SIGHUP); };
    return write_files(three(folder), Existing::kRefuse) ? 0 : 1;
  });
  CHECK(status == 0);
}

TEST_CASE("what cannot be looked at is neither there nor missing: it is an error") {
  const Folder folder;
  folder.put("file", "x");
  std::filesystem::create_hard_link(folder / "file", folder / "other");
  std::filesystem::create_symlink("loop", folder / "loop");
  std::filesystem::create_symlink("none", folder / "dangling");
  CHECK(kind_of(folder / "file").value() == Kind::kFile);
  CHECK(kind_of(folder.path()).value() == Kind::kFolder);
  CHECK(kind_of("/dev/null").value() == Kind::kOther);
  for (const char* name : {"none", "file/below", "dangling"})
    CHECK(kind_of(folder / name).value() == Kind::kNothing);
  CHECK(kind_of(folder / "loop").error().code == Code::kUnreachable);
  CHECK(same_file(folder / "file", folder / "other").value());
  CHECK_FALSE(same_file(folder / "file", folder.path()).value());
  CHECK_FALSE(same_file(folder / "none", folder / "none").value());
  CHECK(same_file(folder / "file", folder / "loop").error().code == Code::kUnreachable);
  CHECK(same_file(folder / "loop", folder / "file").error().code == Code::kUnreachable);
}

TEST_CASE("read_file: contents, limits and what is no file") {
  const Folder folder;
  folder.put("file", "12345");
  CHECK(as_text(read_file(folder / "file", 5).value()) == "12345");
  CHECK(read_file(folder / "file", 4).error().message == (folder / "file") + " is larger than 4 bytes");
  CHECK(read_file(folder / "missing", 4).error().code == Code::kNotFound);
  CHECK(read_file(folder / "missing", 4).error().message ==
        (folder / "missing") + ": No such file or directory");
  CHECK(read_file(folder.path(), 4).error().message == folder.path() + " is a folder, not a file");
  CHECK(read_file("/dev/zero", 4).error().message == "/dev/zero is not a file");
  CHECK(read_file("", 4).error().code == Code::kUsage);
  const std::string large(200000, 'y');
  folder.put("large", large);
  CHECK(as_text(read_file(folder / "large", 200000).value()) == large);
  CHECK_FALSE(read_file(folder / "large", 199999));
}

TEST_CASE("read_file reads a pipe to its end") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  REQUIRE(::write(ends[1], "through a pipe", 14) == 14);
  ::close(ends[1]);
  CHECK(as_text(read_file("/proc/self/fd/" + std::to_string(ends[0]), 100).value()) == "through a pipe");
  ::close(ends[0]);
}

TEST_CASE("read_secret_file wants a file of one's own to be private") {
  const Folder folder;
  const std::string secret = GENERATE(values<std::string>({
      "-----BEGIN OPENSSH PRIVATE KEY-----\n",
      "\n \t-----BEGIN RSA PRIVATE KEY-----\n",
      "text in front\n-----BEGIN ENCRYPTED PRIVATE KEY-----\n",
      "PuTTY-User-Key-File-3: ssh-ed25519\n",
  }));
  folder.put("key", secret);
  REQUIRE(::chmod((folder / "key").c_str(), 0600) == 0);
  CHECK(as_text(read_secret_file(folder / "key").value().view()) == secret);
  for (const mode_t mode : {0640U, 0604U, 0660U, 0601U}) {
    REQUIRE(::chmod((folder / "key").c_str(), mode) == 0);
    const auto read = read_secret_file(folder / "key");
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Code::kBadInput);
    CHECK(read.error().hint == "chmod 600 " + (folder / "key"));
  }
  // What is no private key is for its reader to name.
  folder.put("other", "ssh-ed25519 AAAA");
  REQUIRE(::chmod((folder / "other").c_str(), 0644) == 0);
  CHECK(read_secret_file(folder / "other"));
  folder.put("key", std::string(KeyText::kCapacity, 'k'));
  REQUIRE(::chmod((folder / "key").c_str(), 0600) == 0);
  CHECK(read_secret_file(folder / "key").value().size() == KeyText::kCapacity);
  folder.put("key", std::string(KeyText::kCapacity + 1, 'k'));
  CHECK(read_secret_file(folder / "key").error().message == (folder / "key") + " is larger than 16384 bytes");
}

TEST_CASE("a new folder has its files, or is not there") {
  faults().reset();
  const Folder folder;
  const std::vector<NewFile> files{{"key", 0600, as_bytes("private")}, {"key.pub", 0644, as_bytes("public")}};
  const mode_t before = ::umask(GENERATE(as<mode_t>(), 0, 077));
  const auto written = write_new_folder(folder / "new", files);
  ::umask(before);
  REQUIRE(written);
  CHECK(mode_of(folder / "new") == 0700);
  CHECK(mode_of(folder / "new/key") == 0600);
  CHECK(folder.text("new/key.pub") == "public");
  CHECK(write_new_folder(folder / "new", files).error().code == Code::kExists);
  CHECK(write_new_folder(folder / "none/new", files).error().code == Code::kNotFound);
  const std::vector<NewFile> bad{{"key", 0600, as_bytes("private")}, {"no/key", 0600, as_bytes("private")}};
  CHECK_FALSE(write_new_folder(folder / "bad", bad));
  CHECK_FALSE(std::filesystem::exists(folder / "bad"));
}

TEST_CASE("whoever exchanges a new folder gets nothing of it, and changes nothing of ours") {
  faults().reset();
  const Folder folder;
  const std::string victim = folder / "victim";
  REQUIRE(::mkdir(victim.c_str(), 0755) == 0);
  // Before it has been opened, and after.
  const bool opened = GENERATE(false, true);
  faults().before = [&](int call) {
    if (call != (opened ? 1 : 0)) return;
    ::rename((folder / "new").c_str(), (folder / "taken").c_str());
    REQUIRE(::symlink("victim", (folder / "new").c_str()) == 0);
  };
  const std::vector<NewFile> files{{"key", 0600, as_bytes("private")}};
  CHECK(write_new_folder(folder / "new", files).has_value() == opened);
  faults().reset();
  CHECK(mode_of(victim) == 0755);
  CHECK(std::filesystem::is_empty(victim));
  CHECK(folder.text("taken/key") == (opened ? "private" : ""));
}

TEST_CASE("what only the owner may read has no other name than its own, whenever we are killed") {
  faults().reset();
  const Folder folder;
  std::set<std::string> names;
  faults().before = [&](int) {
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      const std::string name = entry.path().filename();
      if (folder.text(name) == "private") names.insert(name);
    }
  };
  REQUIRE(write_files(three(folder), Existing::kRefuse));
  faults().reset();
  CHECK(names == std::set<std::string>{"key"});
}
