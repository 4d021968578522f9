// Random bytes from OpenSSL's generator, which the kernel seeds.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace halligan::crypto {

/// @errors kInternal (the generator failed; nothing that needs randomness may go on)
Result<Bytes> random_bytes(std::size_t count);
Result<std::uint32_t> random_u32();

}  // namespace halligan::crypto
