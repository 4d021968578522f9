// The agent that lasts: one for each user and host, whatever shell, job or login asks for it.
#pragma once

#include <string>

#include "base/result.hpp"

namespace halligan::unattended {

/// The socket of a unit of the system (runbooks/systemd), /run/halligan-agent/USER/agent. Empty if there is
/// none.
std::string agent_of_system();

/// The socket of a unit: of the system (runbooks/systemd), /run/halligan-agent/USER/agent, or else of the
/// user's own systemd, as Debian 13 has it, openssh_agent in $XDG_RUNTIME_DIR or /run/user/UID. Empty if
/// there is no such socket.
std::string agent_of_systemd();

/// Where keep_agent() has its socket: $XDG_STATE_HOME/halligan/agent.HOST, else
/// ~/.local/state/halligan/agent.HOST. The name of the host is in it because a home may be on many hosts,
/// while an agent is on one. Empty if there is no such socket.
std::string kept_agent();

/// One that answers: systemd's, else the kept one, which is started if it does not run. Two that ask at once
/// get the same one. A socket that nobody listens at is replaced, one that does not answer is not.
/// @return its socket
/// @errors kUnreachable (it does not answer, another user's, cannot be started) · kBadInput (a folder that
/// others can change, or a path too long for a socket)
Result<std::string> keep_agent();

}  // namespace halligan::unattended
