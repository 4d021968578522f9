// The rules of every FIDO2 PIN (CTAP 2.1, 6.5.1).
#pragma once

#include <cstddef>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace halligan::fido {

constexpr std::size_t kShortestPin = 4;  ///< code points; a token may require more
constexpr std::size_t kLongestPin = 63;  ///< bytes of UTF-8

/// Can this be a PIN at all? If not, sending it would waste one of a few tries. @errors kPinRequired (too
/// short, too long)
Result<> check_possible_pin(ByteView pin);

}  // namespace halligan::fido
