// CTAP2 canonical CBOR: strict on the way in, canonical on the way out. The trees are libcbor's.
#pragma once

#include <cbor.h>

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "softkey/status.hpp"

namespace halligan::softkey {

/// Is this one well-formed item in the CTAP2 canonical form (CTAP 2.1, section 8): shortest lengths and
/// integers, definite lengths, sorted keys without duplicates, no tags, no floats, UTF-8 texts, at most 4
/// levels of nesting? Looked at before libcbor is: a length that the bytes do not have never becomes an
/// allocation.
/// @errors kInvalidCbor
Outcome<> check_canonical(ByteView encoded);

class CborMap;

/// One CBOR item; copies share it.
class Cbor {
 public:
  /// One canonical item and nothing behind it. @errors kInvalidCbor
  static Outcome<Cbor> parse(ByteView encoded);

  // Not explicit: a message is written down as a table of keys and values.
  Cbor(int value);
  Cbor(std::int64_t value);
  Cbor(std::uint64_t value);
  Cbor(bool value);
  Cbor(std::string_view text);
  Cbor(const std::string& text) : Cbor(std::string_view(text)) {}
  Cbor(const char* text) : Cbor(std::string_view(text)) {}
  Cbor(ByteView bytes);
  Cbor(const Bytes& bytes) : Cbor(ByteView(bytes)) {}

  using Pair = std::pair<Cbor, Cbor>;
  static Cbor array(const std::vector<Cbor>& items);
  /// Sorts by key, so that what is built is canonical.
  static Cbor map(std::vector<Pair> pairs);

  Cbor(const Cbor& other);
  Cbor(Cbor&& other) noexcept : item_(std::exchange(other.item_, nullptr)) {}
  Cbor& operator=(Cbor other) noexcept {
    std::swap(item_, other.item_);
    return *this;
  }
  ~Cbor();

  /// The value as T: std::int64_t, bool, std::string, Bytes, std::vector<Cbor> or CborMap. @errors
  /// kCborUnexpectedType
  template <typename T>
  Outcome<T> as() const;

  Bytes encode() const;

 private:
  explicit Cbor(cbor_item_t* owned) : item_(owned) {}
  cbor_item_t* item_;
};

template <>
Outcome<std::int64_t> Cbor::as<std::int64_t>() const;
template <>
Outcome<bool> Cbor::as<bool>() const;
template <>
Outcome<std::string> Cbor::as<std::string>() const;
template <>
Outcome<Bytes> Cbor::as<Bytes>() const;
template <>
Outcome<std::vector<Cbor>> Cbor::as<std::vector<Cbor>>() const;
template <>
Outcome<CborMap> Cbor::as<CborMap>() const;

/// A map, asked for its members by key.
class CborMap {
 public:
  explicit CborMap(std::vector<Cbor::Pair> pairs) : pairs_(std::move(pairs)) {}

  std::optional<Cbor> find(std::int64_t key) const;
  std::optional<Cbor> find(std::string_view key) const;
  const std::vector<Cbor::Pair>& pairs() const { return pairs_; }

  /// @errors kMissingParameter, kCborUnexpectedType
  template <typename T, typename Key>
  Outcome<T> need(Key key) const {
    const auto found = find(key);
    if (!found) return refuse(Status::kMissingParameter);
    return found->template as<T>();
  }

  /// @errors kCborUnexpectedType
  template <typename T, typename Key>
  Outcome<std::optional<T>> maybe(Key key) const {
    const auto found = find(key);
    if (!found) return std::optional<T>();
    auto value = found->template as<T>();
    if (!value) return refuse(value.error());
    return std::optional<T>(*std::move(value));
  }

 private:
  std::vector<Cbor::Pair> pairs_;
};

}  // namespace halligan::softkey
