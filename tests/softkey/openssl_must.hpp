// OpenSSL calls that only a lack of memory, or a bug here, can make fail.
#pragma once

#include <stdexcept>

namespace halligan::softkey {

inline void must(bool good) {
  if (!good) throw std::runtime_error("OpenSSL failed");
}

}  // namespace halligan::softkey
