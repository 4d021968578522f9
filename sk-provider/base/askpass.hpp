// Whether OpenSSH's programs ask for a secret by an askpass program, at the terminal, or not at all.
#pragma once

#include <string>

namespace halligan {

/// What decides it. @source OpenSSH's ssh(1) and ssh-add(1), SSH_ASKPASS and SSH_ASKPASS_REQUIRE
struct AskpassEnvironment {
  bool have_display = false;  ///< DISPLAY, or WAYLAND_DISPLAY, which OpenSSH looks at since 10.0
  std::string require{};      ///< SSH_ASKPASS_REQUIRE, empty if unset
  std::string program{};      ///< SSH_ASKPASS, or Debian's /usr/bin/ssh-askpass
  bool have_terminal = false;
  bool is_agent = false;  ///< ssh-agent asks at no terminal

  /// Of this process. @param wayland counts as a display
  static AskpassEnvironment ours(bool have_terminal, bool wayland);
};

enum class SecretSource { kTerminal, kAskpass, kNone };
SecretSource choose_source(const AskpassEnvironment& environment);

}  // namespace halligan
