// The PIN holder's process: started by halligan unlock --hold-pin, found again by its socket.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "pin_holder/message.hpp"
#include "unattended/holder/held_pin.hpp"
#include "unattended/holder/holder.hpp"

namespace halligan::unattended {

/// Where the provider in this agent looks for the holder: the folder of the agent's unit (runbooks/systemd),
/// else the first of pin_holder::runtime_folders() that exists. @errors kUnreachable (there is none)
Result<std::string> holder_runtime(const std::string& agent_socket);

/// Start it: a process of its own in a session of its own, which ends as Holder says, by a signal, and at the
/// time in the terms. The PIN is there alone from then on; this process has no way to it.
/// @param terms without a time @param seconds until it is over, also those that the machine sleeps
/// @return when that is, Unix seconds
/// @errors kUnreachable (no folder, no memory to lock, somebody holds one there)
Result<std::uint64_t> start_holder(HeldPin pin, HolderTerms terms, TokenNode node, const std::string& runtime,
                                   std::uint32_t seconds);

/// What is held now, by a holder of this user anywhere; nothing if none is. @errors kUnreachable, kBadInput
Result<std::optional<pin_holder::StatusAnswer>> held_now();

/// Have all holders of this user forget these keys, see pin_holder::LockCall. One that does not answer is
/// killed.
/// @return whether there was one @errors kUnreachable (it cannot be ended)
Result<bool> lock_holders(const std::vector<std::string>& names);

}  // namespace halligan::unattended
