#include "softkey/cbor.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace halligan::softkey {
namespace {

cbor_item_t* owned(cbor_item_t* item) {
  if (item == nullptr) throw std::bad_alloc();
  return item;
}

cbor_item_t* unsigned_item(std::uint64_t value) {
  if (value <= UINT8_MAX) return owned(cbor_build_uint8(static_cast<std::uint8_t>(value)));
  if (value <= UINT16_MAX) return owned(cbor_build_uint16(static_cast<std::uint16_t>(value)));
  if (value <= UINT32_MAX) return owned(cbor_build_uint32(static_cast<std::uint32_t>(value)));
  return owned(cbor_build_uint64(value));
}

cbor_item_t* integer_item(std::int64_t value) {
  if (value >= 0) return unsigned_item(static_cast<std::uint64_t>(value));
  cbor_item_t* item = unsigned_item(static_cast<std::uint64_t>(-(value + 1)));
  cbor_mark_negint(item);
  return item;
}

}  // namespace

Outcome<Cbor> Cbor::parse(ByteView encoded) {
  SOFTKEY_CHECK(check_canonical(encoded));
  cbor_load_result result{};
  cbor_item_t* item = cbor_load(encoded.data(), encoded.size(), &result);
  if (item == nullptr) return refuse(Status::kInvalidCbor);
  return Cbor(item);
}

Cbor::Cbor(int value) : item_(integer_item(value)) {}
Cbor::Cbor(std::int64_t value) : item_(integer_item(value)) {}
Cbor::Cbor(std::uint64_t value) : item_(unsigned_item(value)) {}
Cbor::Cbor(bool value) : item_(owned(cbor_build_bool(value))) {}
Cbor::Cbor(std::string_view text) : item_(owned(cbor_build_stringn(text.data(), text.size()))) {}
Cbor::Cbor(ByteView bytes) : item_(owned(cbor_build_bytestring(bytes.data(), bytes.size()))) {}

Cbor::Cbor(const Cbor& other) : item_(other.item_ == nullptr ? nullptr : cbor_incref(other.item_)) {}
Cbor::~Cbor() {
  if (item_ != nullptr) cbor_decref(&item_);
}

Cbor Cbor::array(const std::vector<Cbor>& items) {
  Cbor result(owned(cbor_new_definite_array(items.size())));
  for (const Cbor& item : items)
    if (!cbor_array_push(result.item_, item.item_)) throw std::bad_alloc();
  return result;
}

Cbor Cbor::map(std::vector<Pair> pairs) {
  // The canonical order of whole encodings is major type, length, bytes; only the keys take part.
  std::vector<std::pair<Bytes, std::size_t>> order;
  for (std::size_t i = 0; i < pairs.size(); ++i) order.emplace_back(pairs[i].first.encode(), i);
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    if (a.first[0] >> 5 != b.first[0] >> 5) return a.first[0] >> 5 < b.first[0] >> 5;
    if (a.first.size() != b.first.size()) return a.first.size() < b.first.size();
    return a.first < b.first;
  });
  Cbor result(owned(cbor_new_definite_map(pairs.size())));
  for (const auto& [key, index] : order) {
    const Pair& pair = pairs[index];
    if (!cbor_map_add(result.item_, cbor_pair{pair.first.item_, pair.second.item_})) throw std::bad_alloc();
  }
  return result;
}

Bytes Cbor::encode() const {
  unsigned char* buffer = nullptr;
  std::size_t capacity = 0;
  const std::size_t size = cbor_serialize_alloc(item_, &buffer, &capacity);
  if (size == 0) throw std::bad_alloc();
  Bytes encoded(buffer, buffer + size);
  std::free(buffer);
  return encoded;
}

template <>
Outcome<std::int64_t> Cbor::as<std::int64_t>() const {
  if (!cbor_is_int(item_)) return refuse(Status::kCborUnexpectedType);
  const auto value = static_cast<std::int64_t>(cbor_get_int(item_));
  return cbor_isa_negint(item_) ? -value - 1 : value;
}

template <>
Outcome<bool> Cbor::as<bool>() const {
  if (!cbor_is_bool(item_)) return refuse(Status::kCborUnexpectedType);
  return cbor_get_bool(item_);
}

template <>
Outcome<std::string> Cbor::as<std::string>() const {
  if (!cbor_isa_string(item_)) return refuse(Status::kCborUnexpectedType);
  return std::string(reinterpret_cast<const char*>(cbor_string_handle(item_)), cbor_string_length(item_));
}

template <>
Outcome<Bytes> Cbor::as<Bytes>() const {
  if (!cbor_isa_bytestring(item_)) return refuse(Status::kCborUnexpectedType);
  const auto* data = cbor_bytestring_handle(item_);
  return Bytes(data, data + cbor_bytestring_length(item_));
}

template <>
Outcome<std::vector<Cbor>> Cbor::as<std::vector<Cbor>>() const {
  if (!cbor_isa_array(item_)) return refuse(Status::kCborUnexpectedType);
  std::vector<Cbor> items;
  for (std::size_t i = 0; i < cbor_array_size(item_); ++i)
    items.push_back(Cbor(cbor_array_get(item_, i)));  // get takes a reference for us
  return items;
}

template <>
Outcome<CborMap> Cbor::as<CborMap>() const {
  if (!cbor_isa_map(item_)) return refuse(Status::kCborUnexpectedType);
  std::vector<Pair> pairs;
  const cbor_pair* handle = cbor_map_handle(item_);
  for (std::size_t i = 0; i < cbor_map_size(item_); ++i)
    pairs.emplace_back(Cbor(cbor_incref(handle[i].key)), Cbor(cbor_incref(handle[i].value)));
  return CborMap(std::move(pairs));
}

std::optional<Cbor> CborMap::find(std::int64_t key) const {
  for (const auto& [name, value] : pairs_) {
    const auto number = name.as<std::int64_t>();
    if (number && *number == key) return value;
  }
  return std::nullopt;
}

std::optional<Cbor> CborMap::find(std::string_view key) const {
  for (const auto& [name, value] : pairs_) {
    const auto text = name.as<std::string>();
    if (text && *text == key) return value;
  }
  return std::nullopt;
}

}  // namespace halligan::softkey
