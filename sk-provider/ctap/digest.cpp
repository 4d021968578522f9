#include "ctap/digest.hpp"

#include <openssl/evp.h>

#include <new>

namespace halligan::ctap {

void sha256(ByteView data, std::uint8_t* out) {
  if (EVP_Digest(data.data(), data.size(), out, nullptr, EVP_sha256(), nullptr) != 1)
    throw std::bad_alloc();  // nothing else can fail here
}

Hash sha256(ByteView data) {
  Hash hash{};
  sha256(data, hash.data());
  return hash;
}

}  // namespace halligan::ctap
