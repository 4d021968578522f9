// The text of sshd_config as sshd reads it: what -T does not show.
#pragma once

#include <string>
#include <vector>

#include "trust/facts.hpp"

namespace halligan::trust {

struct Directive {
  std::string file;
  std::size_t line = 0;  ///< from 1
  std::string keyword;   ///< lower case
  std::vector<std::string> arguments;
  bool in_match = false;

  /// "/etc/ssh/sshd_config:12"
  std::string place() const { return file + ":" + std::to_string(line); }
};

/// All directives in the order in which sshd reads them: an included file's at its Include. A Match ends with
/// its file.
std::vector<Directive> read_config(const Facts& facts);

/// Does a name match a pattern with * and ?, as glob(7) and sshd's lists have them?
bool matches(std::string_view pattern, std::string_view name);

/// As sshd matches a list such as "alice,!bob,*.example.org". @return 1 matches, 0 does not, -1 a negated
/// pattern matches
int match_list(std::string_view text, std::string_view list);
/// A list of addresses, networks (192.0.2.0/24) and patterns. @return as match_list()
int match_addresses(std::string_view address, std::string_view list);

/// Is it an IPv4 or IPv6 address?
bool is_address(std::string_view text);

}  // namespace halligan::trust
