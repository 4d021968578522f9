#include "fido/hash.hpp"

#include <fido.h>
#include <algorithm>
#include <new>

#include "base/handle.hpp"
#include "base/reader.hpp"

namespace halligan::fido {
namespace {

// FIPS 180-4: SHA-256 of the empty message.
constexpr Hash kHashOfNothing{0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
                              0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
                              0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55};

}  // namespace

Hash sha256(ByteView data) {
  // libfido2 takes no empty client data, and a token may name an application without a name.
  if (data.empty()) return kHashOfNothing;
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

}  // namespace halligan::fido
