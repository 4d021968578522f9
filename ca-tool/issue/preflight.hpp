// Before a PIN and a touch are spent: can this login work at all? And after ssh gave up: why.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "issue/route.hpp"

namespace halligan::issue {

/// Is each account on the way among the principals, and does the first machine answer as an SSH server, and
/// is the key of each known? One connection to the first machine of each way; none to those behind it. Where
/// ssh goes through a ProxyCommand, nothing is connected to.
/// @errors kUsage (an account) · kNotFound (no such name) · kUnreachable (no answer, no SSH) · kNo (unknown
/// host key)
Result<> check_routes(const std::vector<Route>& routes, const std::vector<std::string>& principals);

/// What is known when ssh has ended with 255.
struct RefusedLogin {
  const Route& route;
  std::vector<std::string> principals;
  std::uint64_t valid_before;  ///< of the certificate, Unix seconds
  std::string_view said;       ///< the end of ssh's standard error
};

/// Which of the usual reasons it was, as far as it can be known here, in one line; nothing if ssh said
/// nothing of the kind: a remote command can end with 255 too. @param now Unix seconds
std::optional<std::string> reason_of(const RefusedLogin& login, std::uint64_t now);

}  // namespace halligan::issue
