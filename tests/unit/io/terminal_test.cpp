// The terminal layer under a pseudo-terminal of its own, with a session leader that does a shell's job
// control.
#include "io/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <functional>

#include "io/descriptor.hpp"
#include "io/secret_input.hpp"

using namespace halligan;
using namespace halligan::io;

namespace {

// What the leader tells the test.
struct Event {
  char what;   // 'S' the job stopped, 'E' it ended
  int status;  // of waitpid
};

// Runs `job` as the foreground job of a new session on a new terminal.
class Session {
 public:
  explicit Session(const std::function<int()>& job) {
    master_ = Descriptor(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    REQUIRE((master_ && ::grantpt(master_.get()) == 0 && ::unlockpt(master_.get()) == 0));
    int events[2];
    int orders[2];
    REQUIRE((::pipe2(events, O_CLOEXEC) == 0 && ::pipe2(orders, O_CLOEXEC) == 0));
    leader_ = ::fork();
    if (leader_ == 0) {
      ::close(events[0]);
      ::close(orders[1]);  // or the leader would never see the test let go
      lead(job, events[1], orders[0]);
    }
    events_ = Descriptor(events[0]);
    orders_ = Descriptor(orders[1]);
    ::close(events[1]);
    ::close(orders[0]);
  }
  ~Session() {
    orders_.reset();  // the leader ends with it, and takes the job along
    int status = 0;
    ::waitpid(leader_, &status, 0);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void type(std::string_view text) { REQUIRE(::write(master_.get(), text.data(), text.size()) > 0); }

  /// Everything on the screen up to and including `text`.
  std::string see(const std::string& text) {
    while (screen_.find(text) == std::string::npos) {
      pollfd polled{master_.get(), POLLIN, 0};
      REQUIRE(::poll(&polled, 1, 20000) == 1);
      char chunk[512];
      const ssize_t got = ::read(master_.get(), chunk, sizeof chunk);
      REQUIRE(got > 0);
      screen_.append(chunk, static_cast<std::size_t>(got));
    }
    const std::size_t end = screen_.find(text) + text.size();
    std::string out = screen_.substr(0, end);
    screen_.erase(0, end);
    return out;
  }

  Event event() {
    pollfd polled{events_.get(), POLLIN, 0};
    REQUIRE(::poll(&polled, 1, 20000) == 1);
    Event out{};
    REQUIRE(::read(events_.get(), &out, sizeof out) == sizeof out);
    return out;
  }
  int exit_status() {
    const Event last = event();
    REQUIRE(last.what == 'E');
    REQUIRE(WIFEXITED(last.status));
    return WEXITSTATUS(last.status);
  }

  void bring_forward() { REQUIRE(::write(orders_.get(), "f", 1) == 1); }

  bool echoes() const {
    termios now{};
    REQUIRE(::tcgetattr(master_.get(), &now) == 0);
    return (now.c_lflag & ECHO) != 0;
  }

 private:
  [[noreturn]] void lead(const std::function<int()>& job, int events, int orders) const {
    const char* name = ::ptsname(master_.get());
    ::setsid();
    const int terminal = ::open(name, O_RDWR | O_CLOEXEC);  // becomes the controlling one
    ::signal(SIGTTOU, SIG_IGN);
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::setpgid(0, 0);
      ::tcsetpgrp(terminal, ::getpid());
      // Catch2 has handlers of its own, and this is to be a program like any other.
      for (const int each : {SIGTTOU, SIGINT, SIGTERM, SIGQUIT}) ::signal(each, SIG_DFL);
      ::close(events);
      ::close(orders);
      ::_exit(job());
    }
    ::setpgid(pid, pid);
    while (true) {
      Event event{};
      ::waitpid(pid, &event.status, WUNTRACED);
      event.what = WIFSTOPPED(event.status) ? 'S' : 'E';
      if (event.what == 'S') ::tcsetpgrp(terminal, ::getpid());  // as a shell takes its terminal back
      if (::write(events, &event, sizeof event) != sizeof event) break;
      char order = 0;
      if (::read(orders, &order, 1) != 1) break;  // the test is over
      ::tcsetpgrp(terminal, pid);
      ::kill(-pid, SIGCONT);
    }
    ::kill(-pid, SIGKILL);
    ::_exit(0);
  }

  Descriptor master_;
  Descriptor events_;
  Descriptor orders_;
  pid_t leader_ = -1;
  std::string screen_;
};

int expect_secret(std::string_view expected) {
  const auto pin = read_terminal_secret("PIN: ");
  return pin && as_text(pin->view()) == expected ? 0 : 1;
}

}  // namespace

TEST_CASE("a secret is read without echo, and echo is back afterwards") {
  Session session([] { return expect_secret("123456"); });
  CHECK(session.see("PIN: ") == "PIN: ");
  CHECK_FALSE(session.echoes());
  session.type("123456\n");
  CHECK(session.see("\n") == "\r\n");  // the newline that was not echoed, and nothing of the PIN
  CHECK(session.exit_status() == 0);
  CHECK(session.echoes());
}

TEST_CASE("a typing error can be taken back") {
  Session session([] { return expect_secret("1234"); });
  session.see("PIN: ");
  session.type(
      "129\x7f\x7f"
      "234\n");
  CHECK(session.exit_status() == 0);
}

TEST_CASE("nothing, the end of input, and too much") {
  struct Row {
    std::string typed;
    Code code;
  };
  const auto row = GENERATE(values<Row>({{"\n", Code::kNeedsPerson},
                                         {"\x04", Code::kNeedsPerson},
                                         {std::string(256, 'p') + "\n", Code::kBadInput}}));
  Session session([&] {
    const auto pin = read_terminal_secret("PIN: ");
    return pin ? 99 : static_cast<int>(pin.error().code);
  });
  session.see("PIN: ");
  session.type(row.typed);
  CHECK(session.exit_status() == static_cast<int>(row.code));
  CHECK(session.echoes());
}

TEST_CASE("Ctrl-C and Ctrl-\\ end the program as ever, with echo back") {
  struct Row {
    const char* typed;
    int signal;
  };
  const auto row = GENERATE(values<Row>({{"12\x03", SIGINT}, {"12\x1c", SIGQUIT}}));
  Session session([] {
    const struct rlimit none { 0, 0 };
    ::setrlimit(RLIMIT_CORE, &none);  // SIGQUIT would leave a core file
    return expect_secret("never");
  });
  session.see("PIN: ");
  REQUIRE_FALSE(session.echoes());
  session.type(row.typed);
  const Event event = session.event();
  REQUIRE(event.what == 'E');
  REQUIRE(WIFSIGNALED(event.status));
  CHECK(WTERMSIG(event.status) == row.signal);
  CHECK(session.echoes());
}

TEST_CASE("Ctrl-Z stops with echo back, and going on asks again") {
  Session session([] { return expect_secret("123456"); });
  session.see("PIN: ");
  session.type("99\x1a");
  const Event stopped = session.event();
  REQUIRE(stopped.what == 'S');
  CHECK(WSTOPSIG(stopped.status) == SIGTSTP);
  CHECK(session.echoes());
  session.bring_forward();
  session.see("PIN: ");
  CHECK_FALSE(session.echoes());
  session.type("123456\n");
  CHECK(session.exit_status() == 0);
  CHECK(session.echoes());
}

TEST_CASE("a program that handles Ctrl-C itself gets its handler and an error") {
  Session session([] {
    ::signal(SIGINT, [](int) {});
    const auto pin = read_terminal_secret("PIN: ");
    return !pin && pin.error().code == Code::kNeedsPerson && pin.error().message == "interrupted" ? 0 : 1;
  });
  session.see("PIN: ");
  session.type("\x03");
  CHECK(session.exit_status() == 0);
  CHECK(session.echoes());
}

TEST_CASE("ask_secret asks at the terminal unless told otherwise") {
  Session session([] {
    ::unsetenv("DISPLAY");
    ::unsetenv("WAYLAND_DISPLAY");
    ::unsetenv("SSH_ASKPASS_REQUIRE");
    const auto pin = ask_secret({"PIN for the token: ", std::nullopt});
    return pin && as_text(pin->view()) == "4711" ? 0 : 1;
  });
  session.see("PIN for the token: ");
  session.type("4711\n");
  CHECK(session.exit_status() == 0);
}

TEST_CASE("without a terminal there is nobody to ask") {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::setsid();
    ::unsetenv("DISPLAY");
    ::unsetenv("WAYLAND_DISPLAY");
    ::unsetenv("SSH_ASKPASS_REQUIRE");
    const auto pin = read_terminal_secret("PIN: ");
    const auto other = ask_secret({"PIN: ", std::nullopt});
    const bool good = !have_terminal() && !pin && pin.error().code == Code::kNeedsPerson && !other &&
                      other.error().code == Code::kNeedsPerson && !other.error().hint.empty();
    ::_exit(good ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  CHECK(status == 0);
}

TEST_CASE("questions: yes, no, and what is neither is asked again") {
  struct Row {
    const char* typed;
    int answer;
  };
  const auto row =
      GENERATE(values<Row>({{"y\n", 1}, {"YES\n", 1}, {"n\n", 0}, {"No\n", 0}, {"\n", 0}, {"\x04", 2}}));
  Session session([] {
    const auto answer = confirm("Overwrite?");
    return answer ? static_cast<int>(*answer) : 2;
  });
  session.see("Overwrite? [y/N] ");
  session.type("what\n");
  session.see("Overwrite? [y/N] ");
  CHECK(session.echoes());
  session.type(row.typed);
  CHECK(session.exit_status() == row.answer);
}

TEST_CASE("what was typed before the question is no answer to it") {
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  Session session([&] {
    char typed = 0;
    if (::read(ready[0], &typed, 1) != 1) return 3;
    const auto answer = confirm("Overwrite?");
    return answer ? static_cast<int>(*answer) : 2;
  });
  session.type("y\n");
  session.see("y");  // the terminal has it, and shows it
  REQUIRE(::write(ready[1], "x", 1) == 1);
  session.see("Overwrite? [y/N] ");
  session.type("n\n");
  CHECK(session.exit_status() == 0);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_CASE("a typed confirmation takes nothing but the word itself") {
  struct Row {
    const char* typed;
    int answer;
  };
  const auto row = GENERATE(values<Row>(
      {{"emergency-ca\n", 1}, {"Emergency-ca\n", 0}, {"emergency-ca \n", 0}, {"\n", 0}, {"yes\n", 0}}));
  Session session([] {
    const auto answer = confirm_typed("This cannot be undone.", "emergency-ca");
    return answer ? static_cast<int>(*answer) : 2;
  });
  session.see("Type emergency-ca to continue: ");
  session.type(row.typed);
  CHECK(session.exit_status() == row.answer);
}

TEST_CASE("is_terminal") {
  CHECK_FALSE(is_terminal(-1));
  const Descriptor master(::posix_openpt(O_RDWR | O_NOCTTY));
  CHECK(is_terminal(master.get()));
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  CHECK_FALSE(is_terminal(ends[0]));
  ::close(ends[0]);
  ::close(ends[1]);
}
