// CBOR as tokens speak it (CTAP 2.1, section 8), on libcbor.
#pragma once

#include <cbor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"

namespace halligan::ctap {

/// Is this one CBOR item and nothing behind it, at most eight levels deep, with no length that goes beyond
/// the end? Anything else must not come near libcbor, here or under libfido2: version 0.8 allocates what a
/// length asks for, and a few bytes can ask for gigabytes. Not a test of the canonical form, which some
/// tokens do not keep to.
bool well_formed(ByteView encoded);

/// The same item with texts that are not UTF-8 as byte strings: libcbor would refuse the whole for one of
/// them, and a token that cuts a name at 64 bytes may cut it within a character (WebAuthn, 6.4.1). Nothing if
/// it is not well formed.
std::optional<Bytes> readable(ByteView encoded);

/// One item that a token sent; copies share it. Every question has no answer where the item is of another
/// type.
class Value {
 public:
  /// Nothing if the bytes are not well formed.
  static std::optional<Value> parse(ByteView encoded);

  Value(const Value& other) : item_(cbor_incref(other.item_)) {}
  Value(Value&& other) noexcept : item_(std::exchange(other.item_, nullptr)) {}
  Value& operator=(Value other) noexcept {
    std::swap(item_, other.item_);
    return *this;
  }
  ~Value();

  /// Of a map: the value of a key.
  std::optional<Value> find(std::int64_t key) const;
  std::optional<Value> find(std::string_view key) const;
  /// Of a map: its keys that are texts, with their values, in the order of the message.
  std::vector<std::pair<std::string, Value>> text_pairs() const;
  /// Of an array: its items; empty for everything else.
  std::vector<Value> items() const;

  std::optional<std::int64_t> integer() const;
  std::optional<bool> boolean() const;
  std::optional<Bytes> bytes() const;
  std::optional<std::string> text() const;

  /// Encoded again, in libcbor's way.
  Bytes encoded() const;

 private:
  explicit Value(cbor_item_t* owned) : item_(owned) {}
  cbor_item_t* item_;
};

/// The value of a key inside a value of a key, and so on: find(find(value, 1), "id").
template <typename Key>
std::optional<Value> find(const std::optional<Value>& value, Key key) {
  return value ? value->find(key) : std::nullopt;
}

/// Writes a message. The order of keys is the caller's: by length, then by bytes (CTAP 2.1, section 8).
class Writer {
 public:
  Writer& map(std::size_t pairs);
  Writer& array(std::size_t items);
  Writer& integer(std::int64_t value);
  Writer& boolean(bool value);
  Writer& bytes(ByteView value);
  Writer& text(std::string_view value);
  /// An item that is encoded already.
  Writer& item(ByteView encoded);

  const Bytes& written() const { return out_; }

 private:
  void head(std::size_t (*encode)(std::size_t, unsigned char*, std::size_t), std::size_t value);
  Bytes out_;
};

}  // namespace halligan::ctap
