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
      .have_display = row.display, .require = row.require, .program = "ask", .have_terminal = row.terminal};
  CHECK(choose_source(environment) == row.source);
  environment.asker = Asker::kAgent;
  CHECK(choose_source(environment) == row.agent);
  environment.program.clear();  // what OpenSSH would run then does not exist
  CHECK(choose_source(environment) == SecretSource::kNone);
}

TEST_CASE("ssh-keygen and ssh-add also read standard input") {
  struct Row {
    bool display;
    const char* require;
    bool terminal;
    const char* input;
    SecretSource source;
  };
  const auto row = GENERATE(values<Row>({
      {false, "", false, "pipe", SecretSource::kInput},
      {false, "", false, "null", SecretSource::kNone},
      {false, "", true, "pipe", SecretSource::kTerminal},
      {false, "", true, "null", SecretSource::kTerminal},
      {true, "", true, "pipe", SecretSource::kAskpass},
      {true, "", true, "null", SecretSource::kAskpass},
      {true, "", true, "terminal", SecretSource::kTerminal},
      {true, "never", false, "pipe", SecretSource::kInput},
      {true, "never", true, "pipe", SecretSource::kTerminal},
      {true, "prefer", true, "terminal", SecretSource::kAskpass},
      {false, "force", true, "terminal", SecretSource::kAskpass},
      {false, "force", false, "pipe", SecretSource::kAskpass},
  }));
  CAPTURE(row.display, row.require, row.terminal, row.input);
  const std::string_view input = row.input;
  CHECK(choose_source({.have_display = row.display,
                       .require = row.require,
                       .program = "ask",
                       .have_terminal = row.terminal,
                       .asker = Asker::kAlsoInput,
                       .input_is_terminal = input == "terminal",
                       .input_is_null = input == "null"}) == row.source);
}

TEST_CASE("what this process has of it: an empty variable counts as set for the program alone") {
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
  ::setenv("SSH_ASKPASS", "", 1);
  CHECK(AskpassEnvironment::ours(false, false).program.empty());
  for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE"})
    ::unsetenv(name);
}
