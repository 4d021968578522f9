// The SSH wire types of RFC 4251 section 5 on top of base's Reader: string, text, mpint, and the big-endian
// numbers.
#pragma once

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "base/bytes.hpp"
#include "base/reader.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace halligan::ssh {

/// A magnitude without its leading zeros. The view points into the one given.
ByteView trim_magnitude(ByteView magnitude);

/// A cursor over SSH wire data. Views point into the data given; a read that fails leaves the cursor where it
/// was. Finish with done(): what is inside a string is a reader of its own that has to be fully consumed too.
/// @errors kBadInput from every read
class WireReader : public Reader {
 public:
  using Reader::Reader;

  /// u32 length and that many bytes.
  Result<ByteView> string();

  /// A string without NUL; it need not be UTF-8.
  Result<std::string_view> text();

  /// The magnitude of a non-negative number, big-endian without leading zeros; empty for zero. Only the one
  /// encoding of RFC 4251 is accepted: minimal, with a zero in front exactly when the top bit is set.
  Result<ByteView> mpint();

  /// A string as a reader of its own.
  Result<WireReader> nested();
};

/// What the two writers share; each appends bytes in its own way. Strings of 4 GiB and more are a bug of the
/// caller and throw.
template <typename Writer>
class WireAppender {
 public:
  Writer& u8(std::uint8_t value) { return self().raw({&value, 1}); }
  Writer& u32(std::uint32_t value) { return number(value); }
  Writer& u64(std::uint64_t value) { return number(value); }
  Writer& string(ByteView data) { return length(data.size()).raw(data); }
  Writer& text(std::string_view data) { return string(as_bytes(data)); }
  /// From a big-endian magnitude; leading zeros are dropped, so that fixed-size numbers can be given as they
  /// are.
  Writer& mpint(ByteView magnitude) {
    const ByteView digits = trim_magnitude(magnitude);
    const bool pad = !digits.empty() && digits[0] >= 0x80;
    length(digits.size() + (pad ? 1 : 0));
    if (pad) u8(0);
    return self().raw(digits);
  }

 private:
  Writer& self() { return static_cast<Writer&>(*this); }

  template <typename Unsigned>
  Writer& number(Unsigned value) {
    std::array<std::uint8_t, sizeof value> out;
    for (std::size_t i = out.size(); i-- > 0; value >>= 8) out[i] = static_cast<std::uint8_t>(value);
    return self().raw(out);
  }

  Writer& length(std::size_t size) {
    if (size > UINT32_MAX) throw std::length_error("ssh wire string of 4 GiB");
    return u32(static_cast<std::uint32_t>(size));
  }
};

/// Appends SSH wire data to bytes that it owns.
class WireWriter : public WireAppender<WireWriter> {
 public:
  WireWriter& raw(ByteView data) {
    append(out_, data);
    return *this;
  }

  const Bytes& bytes() const { return out_; }
  /// What was written; the writer is of no use after that.
  Bytes take() { return std::move(out_); }

 private:
  Bytes out_;
};

/// The same into a secret's buffer. What does not fit is dropped and remembered: ask fits() at the end.
class SecretWriter : public WireAppender<SecretWriter> {
 public:
  explicit SecretWriter(KeyText& out) : out_(out) {}

  SecretWriter& raw(ByteView data) {
    fits_ = fits_ && out_.append(data);
    return *this;
  }

  bool fits() const { return fits_; }

 private:
  KeyText& out_;
  bool fits_ = true;
};

}  // namespace halligan::ssh
