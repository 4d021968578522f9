// Chains of hosts for one agent: which hop a key may be used for, as ssh-add -h takes it.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace halligan::agents {

struct Hop {
  std::string from{};  ///< empty: this computer
  std::string to{};    ///< as it was typed: "web1" or "root@web1"

  auto operator<=>(const Hop&) const = default;
};

/// The hops of ways like those of ssh -J, "trusted,untrusted": the first host is reached from here, each
/// other one from the host before it. Each hop once, in the order in which they first come.
/// @errors kUsage (an empty name, one that an option or a constraint could be, the same host twice in a row)
Result<std::vector<Hop>> hops_of(const std::vector<std::string>& ways);

/// "root@web1" → "web1".
std::string_view host_of(std::string_view typed);

}  // namespace halligan::agents
