// One login for the proof, by the stock ssh, with the time that each step took.
#pragma once

#include <chrono>
#include <string>

#include "drill/record.hpp"
#include "issue/delivery.hpp"

namespace halligan::drill {

/// What a drill's certificate allows: to be answered with the words that were sent. Every login shell knows
/// it.
inline constexpr const char* kProofCommand = R"(echo "halligan-drill $SSH_ORIGINAL_COMMAND")";

/// Log in, send a fresh nonce, and compare the answer. What is known of the host comes from ssh's own words;
/// a host that sends false ones spoils its own row alone.
/// @param timeout of all of it @return its steps count from the beginning of this login
/// @errors kUnreachable (ssh cannot be started) · kInternal (no random bytes)
Result<DrilledHost> log_in_for_proof(const issue::Login& login, std::chrono::milliseconds timeout);

}  // namespace halligan::drill
