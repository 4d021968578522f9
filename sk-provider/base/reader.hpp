// A bounds-checked cursor over bytes, big-endian as every format here is.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace halligan {

/// Reads from the front of a view. A read that fails leaves the cursor where it was; finish with done().
class Reader {
 public:
  explicit Reader(ByteView data) : data_(data) {}

  Result<std::uint8_t> u8();
  Result<std::uint16_t> u16();
  Result<std::uint32_t> u32();
  Result<std::uint64_t> u64();

  /// The next `count` bytes as a view into the data.
  Result<ByteView> take(std::size_t count);

  ByteView rest() const { return data_.subspan(position_); }
  std::size_t left() const { return data_.size() - position_; }
  std::size_t position() const { return position_; }

  /// Everything must have been read: "3 trailing bytes" otherwise.
  Result<> done() const;

 private:
  template <typename Unsigned>
  Result<Unsigned> big_endian();

  ByteView data_;
  std::size_t position_ = 0;
};

}  // namespace halligan
