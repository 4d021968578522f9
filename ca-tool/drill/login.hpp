// One login for the proof, by the stock ssh, with the time that each step took.
#pragma once

#include <chrono>
#include <string_view>

#include "drill/host_log.hpp"
#include "issue/delivery.hpp"

namespace halligan::drill {

/// What a drill's certificate allows: to be answered with the words that were sent, and with the connection
/// by which they came. Every login shell knows it.
inline constexpr const char* kProofCommand = R"(echo "halligan-drill $SSH_ORIGINAL_COMMAND $SSH_CONNECTION")";

/// What no other certificate's command begins with.
inline constexpr std::string_view kProofStart = "echo \"halligan-drill ";

struct TriedLogin {
  DrilledHost host{};
  LoggedLogin logged{};
};

/// Log in, send a fresh nonce, and compare the answer. What is known of the host comes from ssh's own words;
/// a host that sends false ones spoils its own row alone.
/// @param timeout of all of it @param stop readable once it is to be broken off
/// @return its steps count from the beginning of this login
/// @errors kUnreachable (ssh cannot be started) · kInternal (no random bytes)
Result<TriedLogin> log_in_for_proof(const issue::Login& login, std::chrono::milliseconds timeout, int stop);

}  // namespace halligan::drill
