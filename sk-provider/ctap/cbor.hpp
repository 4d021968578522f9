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

/// One item that a token sent, or none: false then. Copies share it. A question about no item, or about one
/// of another type, has no answer.
class Value {
 public:
  /// None if the bytes are not well formed.
  static Value parse(ByteView encoded);

  Value() = default;
  Value(const Value& other) : item_(other ? cbor_incref(other.item_) : nullptr) {}
  Value(Value&& other) noexcept : item_(std::exchange(other.item_, nullptr)) {}
  Value& operator=(Value other) noexcept {
    std::swap(item_, other.item_);
    return *this;
  }
  ~Value();

  explicit operator bool() const { return item_ != nullptr; }

  /// Of a map: the value of a key.
  Value find(std::int64_t key) const;
  Value find(std::string_view key) const;
  /// Of a map: its keys that are texts, with their values, in the order of the message.
  std::vector<std::pair<std::string, Value>> text_pairs() const;
  /// Of an array: its items; empty for everything else.
  std::vector<Value> items() const;

  std::optional<std::int64_t> integer() const;
  /// An integer that is not negative.
  std::optional<std::uint64_t> number() const;
  std::optional<bool> boolean() const;
  std::optional<Bytes> bytes() const;
  std::optional<std::string> text() const;

  /// Encoded again, in libcbor's way; empty for no item.
  Bytes encoded() const;

 private:
  explicit Value(cbor_item_t* owned) : item_(owned) {}
  cbor_item_t* item_ = nullptr;
};

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
  Writer& head(std::size_t (*encode)(std::uint64_t, unsigned char*, std::size_t), std::uint64_t value);
  Bytes out_;
};

}  // namespace halligan::ctap
