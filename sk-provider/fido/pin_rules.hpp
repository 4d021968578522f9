// The rules of every FIDO2 PIN (CTAP 2.1, 6.5.1).
#pragma once

#include <cstddef>
#include <optional>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace halligan::fido {

constexpr std::size_t kShortestPin = 4;  ///< code points; a token may require more
constexpr std::size_t kLongestPin = 63;  ///< bytes of UTF-8

/// A PIN as tokens have it, in Normalization Form C, so that an "ä" is the same from every keyboard.
/// @return nothing for what is not UTF-8, and for what is longer than any PIN in that form
std::optional<Pin> in_normal_form(ByteView typed);

/// The PIN to send, in_normal_form(), if it can be one at all: sending any other would waste one of a few
/// tries.
/// @errors kPinRequired (not UTF-8, too short, too long)
Result<Pin> possible_pin(ByteView typed);

}  // namespace halligan::fido
