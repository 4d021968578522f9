#include "ctap/cbor.hpp"

#include <array>
#include <memory>
#include <new>

#include "ctap/well_formed.hpp"

namespace halligan::ctap {
namespace {

// The largest head of an item: one byte and eight of its argument.
constexpr std::size_t kHead = 9;

bool is_map(const cbor_item_t* item) { return item != nullptr && cbor_isa_map(item); }
bool is_text(const cbor_item_t* item) { return cbor_isa_string(item) && cbor_string_is_definite(item); }

std::string_view text_of(const cbor_item_t* item) {
  return {reinterpret_cast<const char*>(cbor_string_handle(item)), cbor_string_length(item)};
}

std::optional<std::int64_t> integer_of(const cbor_item_t* item) {
  if (item == nullptr || !cbor_is_int(item)) return std::nullopt;
  const std::uint64_t value = cbor_get_int(item);
  if (value > INT64_MAX) return std::nullopt;
  const auto number = static_cast<std::int64_t>(value);
  return cbor_isa_negint(item) ? -1 - number : number;
}

}  // namespace

Value::~Value() {
  if (item_ != nullptr) cbor_decref(&item_);
}

Value Value::parse(ByteView encoded) {
  const auto tamed = readable(encoded);
  cbor_load_result result{};
  return Value(tamed ? cbor_load(tamed->data(), tamed->size(), &result) : nullptr);
}

Value Value::find(std::int64_t key) const {
  for (std::size_t i = 0; is_map(item_) && i < cbor_map_size(item_); ++i) {
    const cbor_pair& pair = cbor_map_handle(item_)[i];
    if (integer_of(pair.key) == key) return Value(cbor_incref(pair.value));
  }
  return {};
}

Value Value::find(std::string_view key) const {
  for (auto& [name, value] : text_pairs()) {
    if (name == key) return std::move(value);
  }
  return {};
}

std::vector<std::pair<std::string, Value>> Value::text_pairs() const {
  std::vector<std::pair<std::string, Value>> pairs;
  for (std::size_t i = 0; is_map(item_) && i < cbor_map_size(item_); ++i) {
    const cbor_pair& pair = cbor_map_handle(item_)[i];
    if (is_text(pair.key)) pairs.emplace_back(text_of(pair.key), Value(cbor_incref(pair.value)));
  }
  return pairs;
}

std::vector<Value> Value::items() const {
  std::vector<Value> items;
  if (item_ == nullptr || !cbor_isa_array(item_)) return items;
  for (std::size_t i = 0; i < cbor_array_size(item_); ++i) items.push_back(Value(cbor_array_get(item_, i)));
  return items;
}

std::optional<std::int64_t> Value::integer() const { return integer_of(item_); }

std::optional<std::uint64_t> Value::number() const {
  const auto value = integer();
  return value && *value >= 0 ? std::optional(static_cast<std::uint64_t>(*value)) : std::nullopt;
}

std::optional<bool> Value::boolean() const {
  // libcbor asserts what it is not asked: a float is no control value.
  if (item_ == nullptr || !cbor_isa_float_ctrl(item_) || !cbor_float_ctrl_is_ctrl(item_) ||
      !cbor_is_bool(item_))
    return std::nullopt;
  return cbor_get_bool(item_);
}

std::optional<Bytes> Value::bytes() const {
  if (item_ == nullptr || !cbor_isa_bytestring(item_) || !cbor_bytestring_is_definite(item_))
    return std::nullopt;
  const unsigned char* data = cbor_bytestring_handle(item_);
  return Bytes(data, data + cbor_bytestring_length(item_));
}

std::optional<std::string> Value::text() const {
  if (item_ == nullptr || !is_text(item_)) return std::nullopt;
  return std::string(text_of(item_));
}

Bytes Value::encoded() const {
  if (item_ == nullptr) return {};
  unsigned char* data = nullptr;
  std::size_t room = 0;
  const std::size_t size = cbor_serialize_alloc(item_, &data, &room);
  const std::unique_ptr<unsigned char, decltype(&std::free)> owner(data, &std::free);
  if (size == 0) throw std::bad_alloc();
  return {data, data + size};
}

Writer& Writer::head(std::size_t (*encode)(std::uint64_t, unsigned char*, std::size_t), std::uint64_t value) {
  std::array<unsigned char, kHead> bytes{};
  return item(ByteView(bytes).first(encode(value, bytes.data(), bytes.size())));
}

Writer& Writer::map(std::size_t pairs) { return head(cbor_encode_map_start, pairs); }
Writer& Writer::array(std::size_t items) { return head(cbor_encode_array_start, items); }

Writer& Writer::integer(std::int64_t value) {
  return value < 0 ? head(cbor_encode_negint, static_cast<std::uint64_t>(-1 - value))
                   : head(cbor_encode_uint, static_cast<std::uint64_t>(value));
}

Writer& Writer::boolean(bool value) {
  std::array<unsigned char, kHead> bytes{};
  return item(ByteView(bytes).first(cbor_encode_bool(value, bytes.data(), bytes.size())));
}

Writer& Writer::bytes(ByteView value) { return head(cbor_encode_bytestring_start, value.size()).item(value); }

Writer& Writer::text(std::string_view value) {
  return head(cbor_encode_string_start, value.size()).item(as_bytes(value));
}

Writer& Writer::item(ByteView encoded) {
  append(out_, encoded);
  return *this;
}

}  // namespace halligan::ctap
