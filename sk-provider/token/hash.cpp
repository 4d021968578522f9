#include "token/hash.hpp"

#include <fido.h>
#include <algorithm>
#include <new>

#include "base/handle.hpp"
#include "base/reader.hpp"

namespace halligan::token {

Hash sha256(ByteView data) {
  const HandleByAddress<fido_assert_t, fido_assert_free> hasher(fido_assert_new());
  if (hasher == nullptr || fido_assert_set_clientdata(hasher.get(), data.data(), data.size()) != FIDO_OK) {
    throw std::bad_alloc();
  }
  Hash digest{};
  if (fido_assert_clientdata_hash_len(hasher.get()) != digest.size()) throw std::bad_alloc();
  std::copy_n(fido_assert_clientdata_hash_ptr(hasher.get()), digest.size(), digest.begin());
  return digest;
}

bool is_for_application(ByteView cbor_auth_data, std::string_view application) {
  // RFC 8949, 3.1: major type 2 with the length in the low five bits, or in the one (24) or two (25) bytes
  // behind.
  Reader reader(cbor_auth_data);
  const auto head = reader.u8();
  if (!head || *head >> 5 != 2) return false;
  const unsigned info = *head & 0x1FU;
  std::size_t length = info;
  if (info == 24) length = reader.u8().value_or(0);
  if (info == 25) length = reader.u16().value_or(0);
  if (info > 25 || length != reader.left() || length < 37) return false;
  const auto digest = sha256(as_bytes(application));
  return same(reader.rest().first(digest.size()), digest);
}

}  // namespace halligan::token
