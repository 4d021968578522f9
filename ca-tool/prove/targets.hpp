// Which hosts are asked: from the command line, files, known_hosts, Ansible's inventory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "prove/known_hosts.hpp"

namespace halligan::prove {

/// A host as it was named, and where it is reached.
struct Target {
  std::string name;  ///< for reports: as it was named
  std::string host;  ///< name or address that is connected to, and looked up in known_hosts
  std::uint16_t port = 22;

  bool operator==(const Target&) const = default;
};

/// "web1", "web1:2222", "[2001:db8::1]:22". @param port unless the text names one. @errors kUsage
Result<Target> parse_target(const std::string& text, std::uint16_t port = 22);

/// A host a line; blank lines and # comments are skipped. @errors kUsage ("line 3: …")
Result<std::vector<Target>> parse_host_list(std::string_view text);

/// Ansible's inventory: what `ansible-inventory --list` prints (JSON), or a file in its INI format with
/// ranges
/// ("web[01:20].example.org"), ansible_host and ansible_port. Hosts with another ansible_connection than ssh
/// are skipped. Host names appear once.
/// @errors kBadInput (neither) · kUnsupported (what only Ansible can evaluate: groups' variables, templates)
Result<std::vector<Target>> parse_inventory(std::string_view text);

struct TargetOptions {
  std::vector<std::string> hosts;
  std::vector<std::string> lists;        ///< files of hosts; "-" is standard input
  std::vector<std::string> inventories;  ///< likewise
  bool from_known_hosts = false;
};

/// All that are named, each once, in that order. @errors kUsage (none) · as the files and their parsers
Result<std::vector<Target>> find_targets(const TargetOptions& options, const HostKeys& keys);

}  // namespace halligan::prove
