#include "crypto/random.hpp"

#include <openssl/rand.h>

#include "base/reader.hpp"
#include "crypto/openssl.hpp"

namespace halligan::crypto {

Result<Bytes> random_bytes(std::size_t count) {
  Bytes out(count);
  if (RAND_bytes_ex(nullptr, out.data(), out.size(), 0) != 1)
    return openssl_failure(Code::kInternal, "random");
  return out;
}

Result<std::uint32_t> random_u32() {
  HALLIGAN_TRY(const Bytes raw, random_bytes(4));
  return Reader(raw).u32();
}

}  // namespace halligan::crypto
