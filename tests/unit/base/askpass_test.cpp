#include "base/askpass.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>

using namespace halligan;

TEST_CASE("askpass or terminal: OpenSSH's decisions") {
  struct Row {
    bool display;
    const char* require;
    bool terminal;
    SecretSource source;
    SecretSource agent;
  };
  const auto tty = SecretSource::kTerminal;
  const auto ask = SecretSource::kAskpass;
  const auto none = SecretSource::kNone;
  const auto row = GENERATE_COPY(values<Row>({
      {false, "", true, tty, none},
      {true, "", true, tty, ask},
      {true, "", false, ask, ask},
      {false, "", false, none, none},
      {true, "prefer", true, ask, ask},
      {false, "prefer", true, tty, none},
      {true, "prefer", false, ask, ask},
      {false, "prefer", false, none, none},
      {false, "force", true, ask, ask},
      {false, "force", false, ask, ask},
      {true, "FORCE", true, ask, ask},
      {true, "never", true, tty, none},
      {true, "never", false, none, none},
      {true, "nonsense", true, tty, ask},
  }));
  CAPTURE(row.display, row.require, row.terminal);
  AskpassEnvironment environment{
      .have_display = row.display, .require = row.require, .have_terminal = row.terminal};
  CHECK(choose_source(environment) == row.source);
  environment.is_agent = true;
  CHECK(choose_source(environment) == row.agent);
}

TEST_CASE("what this process has of it: an empty variable is none") {
  for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE"})
    ::unsetenv(name);
  CHECK_FALSE(AskpassEnvironment::ours(true, true).have_display);
  CHECK(AskpassEnvironment::ours(true, true).program == "/usr/bin/ssh-askpass");
  ::setenv("WAYLAND_DISPLAY", "wayland-0", 1);
  CHECK(AskpassEnvironment::ours(true, true).have_display);
  CHECK_FALSE(AskpassEnvironment::ours(true, false).have_display);
  ::setenv("DISPLAY", "", 1);
  CHECK_FALSE(AskpassEnvironment::ours(true, false).have_display);
  ::setenv("DISPLAY", ":0", 1);
  ::setenv("SSH_ASKPASS", "/opt/ask", 1);
  ::setenv("SSH_ASKPASS_REQUIRE", "force", 1);
  const auto found = AskpassEnvironment::ours(false, false);
  CHECK(found.have_display);
  CHECK(found.program == "/opt/ask");
  CHECK(found.require == "force");
  CHECK_FALSE(found.have_terminal);
  for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE"})
    ::unsetenv(name);
}
