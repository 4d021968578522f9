#include "ctap/cbor.hpp"

#include <array>
#include <memory>
#include <new>

#include "ctap/well_formed.hpp"

namespace halligan::ctap {
namespace {

// The largest head of an item: one byte and eight of its argument.
constexpr std::size_t kHead = 9;

bool is_text(const cbor_item_t* item) { return cbor_isa_string(item) && cbor_string_is_definite(item); }

std::string_view text_of(const cbor_item_t* item) {
  return {reinterpret_cast<const char*>(cbor_string_handle(item)), cbor_string_length(item)};
}

std::optional<std::int64_t> integer_of(const cbor_item_t* item) {
  if (!cbor_is_int(item)) return std::nullopt;
  const std::uint64_t value = cbor_get_int(item);
  if (value > INT64_MAX) return std::nullopt;
  const auto number = static_cast<std::int64_t>(value);
  return cbor_isa_negint(item) ? -1 - number : number;
}

}  // namespace

Value::~Value() {
  if (item_ != nullptr) cbor_decref(&item_);
}

std::optional<Value> Value::parse(ByteView encoded) {
  const auto tamed = readable(encoded);
  if (!tamed) return std::nullopt;
  cbor_load_result result{};
  cbor_item_t* item = cbor_load(tamed->data(), tamed->size(), &result);
  if (item == nullptr) return std::nullopt;
  return Value(item);
}

std::optional<Value> Value::find(std::int64_t key) const {
  if (!cbor_isa_map(item_)) return std::nullopt;
  for (std::size_t i = 0; i < cbor_map_size(item_); ++i) {
    const cbor_pair& pair = cbor_map_handle(item_)[i];
    if (integer_of(pair.key) == key) return Value(cbor_incref(pair.value));
  }
  return std::nullopt;
}

std::optional<Value> Value::find(std::string_view key) const {
  for (auto& [name, value] : text_pairs()) {
    if (name == key) return std::move(value);
  }
  return std::nullopt;
}

std::vector<std::pair<std::string, Value>> Value::text_pairs() const {
  std::vector<std::pair<std::string, Value>> pairs;
  if (!cbor_isa_map(item_)) return pairs;
  for (std::size_t i = 0; i < cbor_map_size(item_); ++i) {
    const cbor_pair& pair = cbor_map_handle(item_)[i];
    if (is_text(pair.key)) pairs.emplace_back(text_of(pair.key), Value(cbor_incref(pair.value)));
  }
  return pairs;
}

std::vector<Value> Value::items() const {
  std::vector<Value> items;
  if (!cbor_isa_array(item_)) return items;
  for (std::size_t i = 0; i < cbor_array_size(item_); ++i) items.push_back(Value(cbor_array_get(item_, i)));
  return items;
}

std::optional<std::int64_t> Value::integer() const { return integer_of(item_); }

std::optional<bool> Value::boolean() const {
  // libcbor asserts what it is not asked: a float is no control value.
  if (!cbor_isa_float_ctrl(item_) || !cbor_float_ctrl_is_ctrl(item_) || !cbor_is_bool(item_))
    return std::nullopt;
  return cbor_get_bool(item_);
}

std::optional<Bytes> Value::bytes() const {
  if (!cbor_isa_bytestring(item_) || !cbor_bytestring_is_definite(item_)) return std::nullopt;
  const unsigned char* data = cbor_bytestring_handle(item_);
  return Bytes(data, data + cbor_bytestring_length(item_));
}

std::optional<std::string> Value::text() const {
  if (!is_text(item_)) return std::nullopt;
  return std::string(text_of(item_));
}

Bytes Value::encoded() const {
  unsigned char* data = nullptr;
  std::size_t room = 0;
  const std::size_t size = cbor_serialize_alloc(item_, &data, &room);
  const std::unique_ptr<unsigned char, decltype(&std::free)> owner(data, &std::free);
  if (size == 0) throw std::bad_alloc();
  return {data, data + size};
}

void Writer::head(std::size_t (*encode)(std::size_t, unsigned char*, std::size_t), std::size_t value) {
  std::array<unsigned char, kHead> bytes{};
  const std::size_t size = encode(value, bytes.data(), bytes.size());
  out_.insert(out_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
}

Writer& Writer::map(std::size_t pairs) {
  head(cbor_encode_map_start, pairs);
  return *this;
}

Writer& Writer::array(std::size_t items) {
  head(cbor_encode_array_start, items);
  return *this;
}

Writer& Writer::integer(std::int64_t value) {
  std::array<unsigned char, kHead> bytes{};
  const std::size_t size =
      value < 0 ? cbor_encode_negint(static_cast<std::uint64_t>(-1 - value), bytes.data(), bytes.size())
                : cbor_encode_uint(static_cast<std::uint64_t>(value), bytes.data(), bytes.size());
  append(out_, ByteView(bytes).first(size));
  return *this;
}

Writer& Writer::boolean(bool value) {
  std::array<unsigned char, kHead> bytes{};
  append(out_, ByteView(bytes).first(cbor_encode_bool(value, bytes.data(), bytes.size())));
  return *this;
}

Writer& Writer::bytes(ByteView value) {
  head(cbor_encode_bytestring_start, value.size());
  return item(value);
}

Writer& Writer::text(std::string_view value) {
  head(cbor_encode_string_start, value.size());
  return item(as_bytes(value));
}

Writer& Writer::item(ByteView encoded) {
  append(out_, encoded);
  return *this;
}

}  // namespace halligan::ctap
