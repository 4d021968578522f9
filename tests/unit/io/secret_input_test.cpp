#include "io/secret_input.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "faults.hpp"
#include "folder.hpp"

using namespace halligan;
using namespace halligan::io;

namespace {

struct Ends {
  int read;
  int write;
};

Ends filled_pipe(const std::string& text) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  REQUIRE(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  return {ends[0], ends[1]};
}

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

class Askpass {
 public:
  explicit Askpass(const std::string& script) : path_(folder_ / "askpass") {
    folder_.put("askpass", "#!/bin/sh\n" + script + "\n");
    REQUIRE(::chmod(path_.c_str(), 0700) == 0);
  }
  const std::string& path() const { return path_; }

 private:
  Folder folder_;
  std::string path_;
};

}  // namespace

TEST_CASE("a PIN from a descriptor: one line, and the descriptor is closed") {
  faults().reset();
  struct Row {
    std::string text;
    const char* pin;
  };
  const auto row = GENERATE(values<Row>({{"123456\n", "123456"},
                                         {"123456", "123456"},
                                         {"123456\r\n", "123456"},
                                         {" blanks stay \n", " blanks stay "},
                                         {"gr\xc3\xbc\xc3\x9f\n", "gr\xc3\xbc\xc3\x9f"},
                                         {std::string(255, 'p'), nullptr}}));
  const Ends ends = filled_pipe(row.text);
  ::close(ends.write);
  const auto pin = read_fd_secret(ends.read);
  REQUIRE(pin);
  CHECK(as_text(pin->view()) == (row.pin == nullptr ? row.text : row.pin));
  CHECK_FALSE(is_open(ends.read));
}

TEST_CASE("what stands behind the newline stays for the next reader") {
  const Ends ends = filled_pipe("first\nsecond\n");
  ::close(ends.write);
  const int again = ::dup(ends.read);
  CHECK(as_text(read_fd_secret(ends.read).value().view()) == "first");
  CHECK(as_text(read_fd_secret(again).value().view()) == "second");
}

TEST_CASE("a writer that stays does not keep us waiting once the line is there") {
  const Ends ends = filled_pipe("123456\n");
  CHECK(as_text(read_fd_secret(ends.read).value().view()) == "123456");
  ::close(ends.write);
}

TEST_CASE("descriptors that give no PIN") {
  struct Row {
    std::string text;
    Code code;
  };
  const auto row = GENERATE(values<Row>({{"", Code::kNeedsPerson},
                                         {"\n123456", Code::kNeedsPerson},
                                         {"\r\n", Code::kNeedsPerson},
                                         {std::string("12\0"
                                                      "34",
                                                      5),
                                          Code::kBadInput},
                                         {std::string(256, 'p') + "\n", Code::kBadInput}}));
  const Ends ends = filled_pipe(row.text);
  ::close(ends.write);
  const auto pin = read_fd_secret(ends.read);
  REQUIRE_FALSE(pin);
  CHECK(pin.error().code == row.code);
  CHECK_FALSE(is_open(ends.read));
}

TEST_CASE("descriptors that are none, or a terminal") {
  CHECK(read_fd_secret(-1).error().code == Code::kUsage);
  CHECK(read_fd_secret(987).error().message == "descriptor 987 is not open");
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
  REQUIRE(terminal >= 0);
  CHECK(read_fd_secret(terminal).error().code == Code::kUsage);
  CHECK(is_open(terminal));
  ::close(terminal);
}

TEST_CASE("an askpass program is given the prompt and its first line is the answer") {
  const Askpass askpass("printf '%s\\nmore\\n' \"$#:$1\"");
  CHECK(as_text(read_askpass_secret(askpass.path(), "PIN for 'it' $HOME: ").value().view()) ==
        "1:PIN for 'it' $HOME: ");
}

TEST_CASE("an askpass program that does not answer") {
  struct Row {
    const char* script;
    Code code;
  };
  const auto row = GENERATE(values<Row>({{"exit 1", Code::kNeedsPerson},
                                         {"echo 123456; exit 1", Code::kNeedsPerson},
                                         {"exit 0", Code::kNeedsPerson},
                                         {"echo", Code::kNeedsPerson},
                                         {"kill -9 $$", Code::kNeedsPerson},
                                         {"head -c 300 /dev/zero | tr '\\0' x", Code::kBadInput}}));
  CAPTURE(row.script);
  const Askpass askpass(row.script);
  const auto pin = read_askpass_secret(askpass.path(), "PIN: ");
  REQUIRE_FALSE(pin);
  CHECK(pin.error().code == row.code);
  CHECK(read_askpass_secret(askpass.path() + "-missing", "PIN: ").error().code == Code::kUnreachable);
}

TEST_CASE("ask_secret: a descriptor is the only source when it is given, else the environment decides") {
  const Askpass askpass("echo from-askpass");
  ::setenv("SSH_ASKPASS", askpass.path().c_str(), 1);
  ::setenv("SSH_ASKPASS_REQUIRE", "force", 1);
  CHECK(as_text(ask_secret({"PIN: ", std::nullopt}).value().view()) == "from-askpass");
  const Ends ends = filled_pipe("from-descriptor\n");
  ::close(ends.write);
  CHECK(as_text(ask_secret({"PIN: ", ends.read}).value().view()) == "from-descriptor");
  const Ends empty = filled_pipe("");
  ::close(empty.write);
  CHECK(ask_secret({"PIN: ", empty.read}).error().code == Code::kNeedsPerson);
  ::unsetenv("SSH_ASKPASS");
  ::unsetenv("SSH_ASKPASS_REQUIRE");
}
