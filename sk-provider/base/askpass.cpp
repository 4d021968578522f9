#include "base/askpass.hpp"

#include <cstdlib>

#include "base/text.hpp"

namespace halligan {
namespace {

constexpr const char* kDefaultAskpass = "/usr/bin/ssh-askpass";  // OpenSSH's default on Debian

std::string variable(const char* name) {
  const char* value = ::secure_getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

AskpassEnvironment AskpassEnvironment::ours(bool have_terminal, bool wayland) {
  AskpassEnvironment found{.require = variable("SSH_ASKPASS_REQUIRE"),
                           .program = variable("SSH_ASKPASS"),
                           .have_terminal = have_terminal};
  found.have_display = !variable("DISPLAY").empty() || (wayland && !variable("WAYLAND_DISPLAY").empty());
  if (found.program.empty()) found.program = kDefaultAskpass;
  return found;
}

SecretSource choose_source(const AskpassEnvironment& environment) {
  bool allowed = environment.have_display;
  bool wanted = environment.is_agent || !environment.have_terminal;
  if (is_word(environment.require, "force")) {
    allowed = true;
    wanted = true;
  } else if (is_word(environment.require, "prefer")) {
    wanted = wanted || allowed;
  } else if (is_word(environment.require, "never")) {
    allowed = false;
  }
  if (wanted && allowed) return SecretSource::kAskpass;
  return environment.have_terminal && !environment.is_agent ? SecretSource::kTerminal : SecretSource::kNone;
}

}  // namespace halligan
