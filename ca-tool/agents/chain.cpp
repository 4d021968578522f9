#include "agents/chain.hpp"

#include <algorithm>

#include "base/codec.hpp"

namespace halligan::agents {
namespace {

// '>' and '@' have a meaning in a constraint, and ssh takes none of the others in a name.
bool is_host(std::string_view typed) {
  const std::string_view host = host_of(typed);
  return !host.empty() && !typed.starts_with('-') && !host.starts_with('-') && !typed.starts_with('@') &&
         std::ranges::none_of(typed, [](unsigned char each) {
           return each <= ' ' || each >= 0x7f ||
                  std::string_view("<>'\"\\;|&$`*?!").find(static_cast<char>(each)) != std::string_view::npos;
         });
}

}  // namespace

std::string_view host_of(std::string_view typed) { return typed.substr(typed.rfind('@') + 1); }

Result<std::vector<Hop>> hops_of(const std::vector<std::string>& ways) {
  std::vector<Hop> hops;
  for (const std::string& way : ways) {
    std::string from;
    for (std::size_t at = 0; at <= way.size();) {
      const std::size_t comma = std::min(way.find(',', at), way.size());
      std::string to = way.substr(at, comma - at);
      if (!is_host(to)) {
        return fail(Code::kUsage, "not a way through hosts: " + printable(way),
                    "name them in the order in which they are logged in to: trusted,untrusted");
      }
      if (host_of(to) == host_of(from))
        return fail(Code::kUsage, printable(way) + ": " + printable(to) + " comes twice in a row");
      Hop hop{from, to};
      if (std::ranges::find(hops, hop) == hops.end()) hops.push_back(std::move(hop));
      from = std::move(to);
      at = comma + 1;
    }
  }
  return hops;
}

}  // namespace halligan::agents
