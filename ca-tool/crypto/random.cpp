#include "crypto/random.hpp"

#include <openssl/rand.h>

#include <array>

#include "crypto/openssl.hpp"

namespace halligan::crypto {

Result<> random_fill(std::span<std::uint8_t> out) {
  if (out.size() > INT32_MAX) return fail(Code::kInternal, "random: more than 2 GiB at once");
  if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1)
    return openssl_failure(Code::kInternal, "random");
  return {};
}

Result<Bytes> random_bytes(std::size_t count) {
  Bytes out(count);
  HALLIGAN_CHECK(random_fill(out));
  return out;
}

Result<std::uint32_t> random_u32() {
  std::array<std::uint8_t, 4> raw;
  HALLIGAN_CHECK(random_fill(raw));
  return std::uint32_t{raw[0]} << 24 | std::uint32_t{raw[1]} << 16 | std::uint32_t{raw[2]} << 8 | raw[3];
}

}  // namespace halligan::crypto
