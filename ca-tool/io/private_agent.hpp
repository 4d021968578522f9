// An ssh-agent of our own, which nobody else knows and which does not outlive us.
#pragma once

#include <string>

#include "base/result.hpp"
#include "io/child.hpp"
#include "io/descriptor.hpp"

namespace halligan::io {

/// A stock ssh-agent, found in PATH, with its socket in a new folder (0700) under $XDG_RUNTIME_DIR, $TMPDIR
/// or /tmp, the first that is usable: nobody else may be able to change it, see safe_folder(). Agent, socket
/// and folder, with everything in it, go with this object.
///
/// They also go when this process ends in any other way, SIGKILL included: a shell reads from a pipe that
/// only this process holds open, and at its end kills the agent and removes the folder. (The parent-death
/// signal does not work here: Debian's ssh-agent is setgid, which clears it.) Agent and shell have sessions
/// of their own, so Ctrl-C at our terminal does not reach them. If somebody kills the shell, the agent
/// notices within some ten seconds, removes its socket and exits; the folder stays, which never holds a
/// secret.
class PrivateAgent {
 public:
  /// Returns once the agent listens.
  /// @param providers patterns of the provider libraries that it may load (ssh-agent -P); empty: its default
  /// @errors kUnreachable (no ssh-agent, no folder, it does not start)
  static Result<PrivateAgent> start(const std::string& providers = {});

  ~PrivateAgent();
  PrivateAgent(PrivateAgent&&) noexcept = default;
  PrivateAgent& operator=(PrivateAgent&&) = delete;
  PrivateAgent(const PrivateAgent&) = delete;
  PrivateAgent& operator=(const PrivateAgent&) = delete;

  /// The value of SSH_AUTH_SOCK for its clients.
  std::string socket() const;
  /// For public files that are to be removed with the agent.
  const std::string& folder() const { return folder_; }

 private:
  PrivateAgent(std::string folder, Child keeper, Descriptor life_line)
      : folder_(std::move(folder)), keeper_(std::move(keeper)), life_line_(std::move(life_line)) {}

  static Result<PrivateAgent> start_keeper(const std::string& providers, const Descriptor& said);
  Result<> wait_until_ready(const Descriptor& said);

  std::string folder_;
  Child keeper_;          ///< the shell
  Descriptor life_line_;  ///< empty after a move
  Descriptor agent_;      ///< readable once the agent has ended
};

}  // namespace halligan::io
