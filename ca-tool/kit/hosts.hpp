// The hosts of a kit: their names, their addresses for when names cannot be looked up, and their keys.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kit/command.hpp"
#include "prove/known_hosts.hpp"

namespace halligan::kit {

struct HostKey {
  std::string type;  ///< "ssh-ed25519"
  Bytes blob;
  bool authority = false;  ///< of a CA that certifies the host's key
};

struct KitHost {
  std::string name;  ///< as it was named, for people
  std::string host;  ///< what is connected to: a name, or an address
  std::uint16_t port = 22;
  std::vector<std::string> addresses{};  ///< each once, beginning with the one that was written down
  std::vector<HostKey> keys{};

  /// It is named by its address.
  bool is_address() const;
};

/// Is it an address of IPv4 or IPv6, without a port?
bool is_address(const std::string& text);

/// Addresses are from the host itself, from files like hosts(5), from lines of known hosts that name both,
/// and, if that is wanted, from the system's resolver.
/// @param known_hosts files; none: ssh's. @return in the order in which they were named; maybe none
/// @errors as prove::HostKeys::read(), prove::find_targets() · kBadInput (a line of a file of addresses)
Result<std::vector<KitHost>> find_hosts(const ContentsOptions& options,
                                        const std::vector<std::string>& known_hosts);

/// Lines for known_hosts: each key under the host's name and all of its addresses.
std::string known_hosts_text(const std::vector<KitHost>& hosts);
/// Lines in the format of hosts(5); of hosts without an address a comment that says so.
std::string hosts_text(const std::vector<KitHost>& hosts);

/// Addresses and the names that they belong to, of a file in the format of hosts(5).
struct AddressLine {
  std::string address;
  std::vector<std::string> names;
};
/// @errors kBadInput ("line 3: …")
Result<std::vector<AddressLine>> parse_addresses(std::string_view text);

}  // namespace halligan::kit
