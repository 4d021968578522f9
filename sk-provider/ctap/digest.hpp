// SHA-256 (FIPS 180-4).
#pragma once

#include <array>

#include "base/bytes.hpp"

namespace halligan::ctap {

using Hash = std::array<std::uint8_t, 32>;

Hash sha256(ByteView data);

/// To `out`, which has room for 32 bytes: for digests that are secrets.
void sha256(ByteView data, std::uint8_t* out);

}  // namespace halligan::ctap
