// The options in front of a line of authorized_keys or of a principals file.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halligan::explain {

/// By name, in lower case; a flag has an empty value.
struct KeyOptions {
  std::map<std::string, std::string> values{};
  /// Those that are known: the name in lower case, and the option as it is written, in order.
  std::vector<std::pair<std::string, std::string>> written{};
  bool bad = false;  ///< sshd takes none of the line
};

/// name,name="value",…: quotes hold commas and blanks.
KeyOptions parse_key_options(std::string_view text);

}  // namespace halligan::explain
