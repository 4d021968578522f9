// Random bytes from OpenSSL's generator, which the kernel seeds.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace halligan::crypto {

/// Fill with random bytes. @errors kInternal (the generator failed; nothing that needs randomness may go on)
Result<> random_fill(std::span<std::uint8_t> out);
Result<Bytes> random_bytes(std::size_t count);
Result<std::uint32_t> random_u32();

}  // namespace halligan::crypto
