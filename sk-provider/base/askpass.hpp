// Whether OpenSSH's programs ask for a secret by an askpass program, at the terminal, or not at all.
#pragma once

#include <string>

namespace halligan {

/// Who asks, as far as its way to ask differs.
enum class Asker {
  kAtTerminal,  ///< ssh, and we ourselves: the terminal, else askpass
  kAlsoInput,   ///< ssh-keygen and ssh-add: standard input, too, where there is no terminal
  kAgent,       ///< ssh-agent: askpass alone
};

/// What decides it. @source OpenSSH's ssh(1) and ssh-add(1), SSH_ASKPASS and SSH_ASKPASS_REQUIRE
struct AskpassEnvironment {
  bool have_display = false;  ///< DISPLAY, or WAYLAND_DISPLAY, which OpenSSH looks at since 10.0
  std::string require{};      ///< SSH_ASKPASS_REQUIRE, empty if unset
  std::string program{};      ///< SSH_ASKPASS, even if it is empty; if it is not set, Debian's ssh-askpass
  bool have_terminal = false;
  Asker asker = Asker::kAtTerminal;
  bool input_is_terminal = false;  ///< of kAlsoInput
  bool input_is_null = false;      ///< of kAlsoInput: nobody answers there

  /// Of this process. @param wayland counts as a display
  static AskpassEnvironment ours(bool have_terminal, bool wayland);
};

enum class SecretSource { kTerminal, kInput, kAskpass, kNone };

/// kAskpass also where the program cannot be run: OpenSSH asks nobody else then. kNone where its name is
/// empty.
SecretSource choose_source(const AskpassEnvironment& environment);

}  // namespace halligan
