#include "ctap/auth_data.hpp"

#include <algorithm>

#include "ctap/cbor.hpp"
#include "ctap/digest.hpp"
#include "ctap/well_formed.hpp"

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

// @source WebAuthn 6.1 and 6.5.2: hash, flags, counter; AAGUID, a length of two bytes, the ID, a COSE key;
// then a map of extensions (CTAP 2.1, 12.1: "credProtect").
std::optional<NewKey> new_key(ByteView cbor) {
  constexpr std::uint8_t kHasKey = 0x40;
  constexpr std::uint8_t kHasExtensions = 0x80;
  constexpr std::size_t kIdSize = kShortest + 16;
  if (cbor.empty() || cbor[0] >> 5 != kByteString) return std::nullopt;
  const auto data = Value::parse(cbor).bytes();
  if (!data || data->size() < kIdSize + 2) return std::nullopt;
  NewKey key{.flags = (*data)[32], .id = {}};
  std::copy_n(data->begin() + kShortest, key.aaguid.size(), key.aaguid.begin());
  const std::size_t id_size = std::size_t{(*data)[kIdSize]} << 8 | (*data)[kIdSize + 1];
  ByteView rest = ByteView(*data).subspan(kIdSize + 2);
  if ((key.flags & kHasKey) == 0 || rest.size() < id_size) return std::nullopt;
  key.id = to_bytes(rest.first(id_size));
  rest = rest.subspan(id_size);
  const ByteView public_key = front_item(rest);
  if (public_key.empty()) return std::nullopt;
  key.public_key = to_bytes(public_key);
  rest = rest.subspan(public_key.size());
  if ((key.flags & kHasExtensions) == 0) return key;
  const Value extensions = Value::parse(front_item(rest));
  if (!extensions) return std::nullopt;
  key.protection = static_cast<int>(
      std::clamp<std::int64_t>(extensions.find("credProtect").integer().value_or(0), 0, 255));
  return key;
}

std::optional<Bytes> auth_data_in(ByteView cbor) {
  if (cbor.empty() || cbor[0] >> 5 != kByteString) return std::nullopt;
  auto data = Value::parse(cbor).bytes();
  if (!data || !same(Writer().bytes(*data).written(), cbor)) return std::nullopt;
  return data;
}

// @source RFC 9053, 7.1 and 7.2: kty, crv, x, y; RFC 9052, 7.1: alg
std::optional<CredentialKey> credential_key(ByteView cose) {
  constexpr std::size_t kCoordinate = 32;
  const Value key = Value::parse(cose);
  const auto is = [&](std::int64_t name, std::int64_t value) { return key.find(name).integer() == value; };
  const auto x = key.find(-2).bytes();
  if (!x || x->size() != kCoordinate) return std::nullopt;
  if (is(1, 1) && is(3, -8) && is(-1, 6)) return CredentialKey{.ed25519 = true, .point = *x};
  const auto y = key.find(-3).bytes();
  if (!(is(1, 2) && is(3, -7) && is(-1, 1)) || !y || y->size() != kCoordinate) return std::nullopt;
  CredentialKey found{.ed25519 = false, .point = {4}};
  append(found.point, *x);
  append(found.point, *y);
  return found;
}

// @source WebAuthn 6.1: 32 bytes of hash, flags, a big-endian counter
std::optional<std::uint32_t> counter_of(ByteView data) {
  if (data.size() < kShortest) return std::nullopt;
  std::uint32_t counter = 0;
  for (const std::uint8_t byte : data.subspan(33, 4)) counter = counter << 8 | byte;
  return counter;
}

}  // namespace halligan::ctap
