// Asking many hosts at once, from one thread, and none more often than its sshd forgives.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "prove/answer.hpp"

namespace halligan::prove {

struct AskOptions {
  std::chrono::milliseconds timeout{10'000};  ///< of each connection, and for resolving all names
  std::size_t at_once = 100;                  ///< connections
  std::string jump;                           ///< as in ssh -J; empty: none
};

/// Ask each host for each account with all canaries of that account, in one connection where sshd allows it.
/// sshd since 9.8 counts such a connection as a failed login and refuses addresses that have too many (15 s
/// by default, 5 for each): so a host is visited at most twice in 15 s, with at least 8 s between, and not
/// for 20 s after it refused.
/// @param canaries passed choose_canaries(); outlives the answers
/// @return an answer for each host and canary, in the order of the hosts. @errors kUnsupported (libssh) ·
/// kInternal (no descriptors)
Result<std::vector<Answer>> ask_hosts(const std::vector<Target>& targets, const std::vector<Canary>& canaries,
                                      const HostKeys& host_keys, const AskOptions& options);

}  // namespace halligan::prove
