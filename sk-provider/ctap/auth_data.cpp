#include "ctap/auth_data.hpp"

#include "ctap/cbor.hpp"
#include "ctap/digest.hpp"

namespace halligan::ctap {
namespace {

constexpr std::uint8_t kByteString = 2;  // RFC 8949, 3.1: the major type
constexpr std::size_t kShortest = 37;    // hash, flags, counter

}  // namespace

bool is_for_application(ByteView cbor, std::string_view application) {
  // Value reads a text that is not UTF-8 as bytes.
  if (cbor.empty() || cbor[0] >> 5 != kByteString) return false;
  const auto data = Value::parse(cbor).bytes();
  const Hash hash = sha256(as_bytes(application));
  return data && data->size() >= kShortest && same(ByteView(*data).first(hash.size()), hash);
}

// @source WebAuthn 6.1: 32 bytes of hash, flags, a big-endian counter
std::optional<std::uint32_t> counter_of(ByteView data) {
  if (data.size() < kShortest) return std::nullopt;
  std::uint32_t counter = 0;
  for (const std::uint8_t byte : data.subspan(33, 4)) counter = counter << 8 | byte;
  return counter;
}

}  // namespace halligan::ctap
