// What every FIDO2 PIN must be (CTAP 2.1, 6.5.1), known without asking a token.
#pragma once

#include <cstddef>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace halligan::fido {

constexpr std::size_t kShortestPin = 4;  ///< code points; a token may want more
constexpr std::size_t kLongestPin = 63;  ///< bytes of UTF-8

/// Can this be the PIN of any token? What cannot be is not given to one: that would cost one of the few
/// tries.
/// @errors kPinRequired (too short, too long)
Result<> check_possible_pin(ByteView pin);

}  // namespace halligan::fido
