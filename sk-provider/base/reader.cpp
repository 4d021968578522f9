#include "base/reader.hpp"

#include <string>

namespace halligan {

Result<ByteView> Reader::take(std::size_t count) {
  if (count > left()) {
    return fail(Code::kBadInput, "truncated: " + std::to_string(count) + " bytes wanted at offset " +
                                     std::to_string(position_) + ", " + std::to_string(left()) + " left");
  }
  const ByteView taken = data_.subspan(position_, count);
  position_ += count;
  return taken;
}

template <typename Unsigned>
Result<Unsigned> Reader::big_endian() {
  HALLIGAN_TRY(const ByteView raw, take(sizeof(Unsigned)));
  std::uint64_t value = 0;
  for (const std::uint8_t byte : raw) value = value << 8 | byte;
  return static_cast<Unsigned>(value);
}

Result<std::uint8_t> Reader::u8() { return big_endian<std::uint8_t>(); }
Result<std::uint16_t> Reader::u16() { return big_endian<std::uint16_t>(); }
Result<std::uint32_t> Reader::u32() { return big_endian<std::uint32_t>(); }
Result<std::uint64_t> Reader::u64() { return big_endian<std::uint64_t>(); }

Result<> Reader::done() const {
  if (left() == 0) return {};
  return fail(Code::kBadInput, std::to_string(left()) + " trailing bytes");
}

}  // namespace halligan
