#include "base/askpass.hpp"

#include <cstdlib>

#include "base/text.hpp"

namespace halligan {
namespace {

constexpr const char* kDefaultAskpass = "/usr/bin/ssh-askpass";  // OpenSSH's default on Debian

std::string variable(const char* name, const char* otherwise = "") {
  const char* value = ::secure_getenv(name);
  return value == nullptr ? otherwise : value;
}

// Whether askpass is asked although there may be another way to ask.
bool prefers_askpass(const AskpassEnvironment& environment) {
  switch (environment.asker) {
    case Asker::kAgent:
      return true;
    case Asker::kAlsoInput:
      return !environment.input_is_terminal;
    case Asker::kAtTerminal:
      break;
  }
  return !environment.have_terminal;
}

SecretSource source_without_askpass(const AskpassEnvironment& environment) {
  if (environment.asker == Asker::kAgent) return SecretSource::kNone;
  if (environment.have_terminal) return SecretSource::kTerminal;
  const bool reads_input = environment.asker == Asker::kAlsoInput && !environment.input_is_null;
  return reads_input ? SecretSource::kInput : SecretSource::kNone;
}

}  // namespace

AskpassEnvironment AskpassEnvironment::ours(bool have_terminal, bool wayland) {
  AskpassEnvironment found{.require = variable("SSH_ASKPASS_REQUIRE"),
                           .program = variable("SSH_ASKPASS", kDefaultAskpass),
                           .have_terminal = have_terminal};
  found.have_display = !variable("DISPLAY").empty() || (wayland && !variable("WAYLAND_DISPLAY").empty());
  return found;
}

SecretSource choose_source(const AskpassEnvironment& environment) {
  bool allowed = environment.have_display;
  bool wanted = prefers_askpass(environment);
  if (is_word(environment.require, "force")) {
    allowed = true;
    wanted = true;
  } else if (is_word(environment.require, "prefer")) {
    wanted = wanted || allowed;
  } else if (is_word(environment.require, "never")) {
    allowed = false;
  }
  if (!wanted || !allowed) return source_without_askpass(environment);
  return environment.program.empty() ? SecretSource::kNone : SecretSource::kAskpass;
}

}  // namespace halligan
