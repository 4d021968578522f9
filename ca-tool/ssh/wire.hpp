// The SSH wire types of RFC 4251 section 5 on top of base's Reader: string, text, mpint, and the big-endian
// numbers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.hpp"
#include "base/reader.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace halligan::ssh {

/// A cursor over SSH wire data. Views point into the data given; a read that fails leaves the cursor where it
/// was. Finish with done(): what is inside a string is a reader of its own that has to be fully consumed too.
/// @errors kBadInput from every read
class WireReader {
 public:
  explicit WireReader(ByteView data) : reader_(data) {}

  Result<std::uint8_t> u8() { return reader_.u8(); }
  Result<std::uint32_t> u32() { return reader_.u32(); }
  Result<std::uint64_t> u64() { return reader_.u64(); }
  Result<ByteView> take(std::size_t count) { return reader_.take(count); }

  /// u32 length and that many bytes.
  Result<ByteView> string();

  /// A string without NUL; it need not be UTF-8.
  Result<std::string_view> text();

  /// The magnitude of a non-negative number, big-endian without leading zeros; empty for zero. Only the one
  /// encoding of RFC 4251 is accepted: minimal, with a zero in front exactly when the top bit is set.
  Result<ByteView> mpint();

  /// A string as a reader of its own.
  Result<WireReader> nested();

  std::size_t left() const { return reader_.left(); }
  std::size_t position() const { return reader_.position(); }
  ByteView rest() const { return reader_.rest(); }
  Result<> done() const { return reader_.done(); }

 private:
  Reader reader_;
};

/// Appends SSH wire data to bytes that it owns. Strings of 4 GiB and more are a bug of the caller and throw.
class WireWriter {
 public:
  WireWriter& u8(std::uint8_t value);
  WireWriter& u32(std::uint32_t value);
  WireWriter& u64(std::uint64_t value);
  WireWriter& raw(ByteView data);
  WireWriter& string(ByteView data);
  WireWriter& text(std::string_view data) { return string(as_bytes(data)); }
  /// From a big-endian magnitude; leading zeros are dropped, so that fixed-size numbers can be given as they
  /// are.
  WireWriter& mpint(ByteView magnitude);

  const Bytes& bytes() const { return out_; }
  Bytes take() && { return std::move(out_); }

 private:
  Bytes out_;
};

/// The same into a secret's buffer. What does not fit is dropped and remembered: ask fits() at the end.
class SecretWriter {
 public:
  explicit SecretWriter(KeyText& out) : out_(out) {}

  SecretWriter& u8(std::uint8_t value);
  SecretWriter& u32(std::uint32_t value);
  SecretWriter& raw(ByteView data);
  SecretWriter& string(ByteView data);
  SecretWriter& text(std::string_view data) { return string(as_bytes(data)); }
  SecretWriter& mpint(ByteView magnitude);

  bool fits() const { return fits_; }

 private:
  KeyText& out_;
  bool fits_ = true;
};

/// A magnitude without its leading zeros. The view points into the one given.
ByteView trim_magnitude(ByteView magnitude);

}  // namespace halligan::ssh
