// An ssh-agent of our own, which nobody else knows and which does not outlive us.
#pragma once

#include <string>

#include "base/result.hpp"
#include "io/descriptor.hpp"
#include "io/spawn.hpp"

namespace halligan::io {

/// A stock ssh-agent, found in PATH, with its socket in a new folder (0700) under $XDG_RUNTIME_DIR, $TMPDIR
/// or /tmp, whichever is the first that can be used. Agent, socket and folder, with all that was put into it,
/// go with this object.
///
/// They also go when this process ends in any other way, SIGKILL included, by a life-line: a shell that reads
/// from a pipe which only we hold open kills the agent at its end and removes the folder. (The kernel's
/// signal for a dead parent is no help: Debian's ssh-agent is setgid, which clears it.) Agent and shell are
/// in sessions of their own, so that Ctrl-C at our terminal is ours alone to answer. Should somebody kill the
/// shell, the agent misses its parent after some ten seconds, removes the socket and ends; the folder stays,
/// which never holds a secret.
class PrivateAgent {
 public:
  /// Returns when the agent listens.
  /// @param providers the patterns of provider libraries that it may load (ssh-agent -P); empty: its default
  /// @errors kUnreachable (no ssh-agent, no folder, it does not start)
  static Result<PrivateAgent> start(const std::string& providers = {});

  ~PrivateAgent();
  PrivateAgent(PrivateAgent&&) noexcept = default;
  PrivateAgent& operator=(PrivateAgent&&) = delete;
  PrivateAgent(const PrivateAgent&) = delete;
  PrivateAgent& operator=(const PrivateAgent&) = delete;

  /// What SSH_AUTH_SOCK should be for those who use it.
  std::string socket() const;
  /// For public files that are to go with the agent.
  const std::string& folder() const { return folder_; }

 private:
  PrivateAgent(std::string folder, Child keeper, Descriptor life_line)
      : folder_(std::move(folder)), keeper_(std::move(keeper)), life_line_(std::move(life_line)) {}

  static Result<PrivateAgent> spawn(const std::string& providers, const Descriptor& said);
  Result<> wait_until_ready(const Descriptor& said);

  std::string folder_;
  Child keeper_;          ///< the shell
  Descriptor life_line_;  ///< none in what was moved from
  Descriptor agent_;      ///< readable once the agent has ended
};

}  // namespace halligan::io
