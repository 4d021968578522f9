// What a token says of itself: the answer to authenticatorGetInfo (CTAP 2.1, 6.4), as far as it is used here.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace halligan::ctap {

struct Info {
  std::map<std::string, bool> options;
  bool new_pin_wanted = false;     ///< forcePINChange: the right PIN is refused as well until it is changed
  std::int64_t least_pin = 0;      ///< minPINLength: characters of a new PIN; 0: not said
  std::vector<int> pin_protocols;  ///< in the token's order of preference; version 1 where it says none

  /// Nothing if the answer is no map. Parts of another shape than expected are passed over.
  static std::optional<Info> parse(ByteView encoded);

  bool option(const std::string& name) const {
    const auto found = options.find(name);
    return found != options.end() && found->second;
  }
};

}  // namespace halligan::ctap
