#include "ssh/wire.hpp"

#include <array>
#include <stdexcept>

namespace halligan::ssh {
namespace {

template <typename Unsigned>
std::array<std::uint8_t, sizeof(Unsigned)> big_endian(Unsigned value) {
  std::array<std::uint8_t, sizeof(Unsigned)> out;
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<std::uint8_t>(value >> (8 * (out.size() - 1 - i)));
  }
  return out;
}

std::uint32_t wire_length(std::size_t size) {
  if (size > UINT32_MAX) throw std::length_error("ssh wire string of 4 GiB");
  return static_cast<std::uint32_t>(size);
}

bool has_top_bit(ByteView magnitude) { return !magnitude.empty() && magnitude[0] >= 0x80; }

}  // namespace

ByteView trim_magnitude(ByteView magnitude) {
  std::size_t zeros = 0;
  while (zeros < magnitude.size() && magnitude[zeros] == 0) ++zeros;
  return magnitude.subspan(zeros);
}

Result<ByteView> WireReader::string() {
  Reader ahead = reader_;  // moved to only when both parts are there
  HALLIGAN_TRY(const std::uint32_t length, ahead.u32());
  HALLIGAN_TRY(const ByteView data, ahead.take(length));
  reader_ = ahead;
  return data;
}

Result<std::string_view> WireReader::text() {
  Reader before = reader_;
  HALLIGAN_TRY(const ByteView data, string());
  const std::string_view text = as_text(data);
  if (text.find('\0') != std::string_view::npos) {
    reader_ = before;
    return fail(Code::kBadInput, "a NUL inside a text");
  }
  return text;
}

Result<ByteView> WireReader::mpint() {
  Reader before = reader_;
  HALLIGAN_TRY(const ByteView data, string());
  const char* wrong = nullptr;
  if (has_top_bit(data)) {
    wrong = "a negative number";
  } else if (!data.empty() && data[0] == 0 && !has_top_bit(data.subspan(1))) {
    wrong = "a number with needless leading zeros";
  }
  if (wrong != nullptr) {
    reader_ = before;
    return fail(Code::kBadInput, wrong);
  }
  return trim_magnitude(data);
}

Result<WireReader> WireReader::nested() {
  HALLIGAN_TRY(const ByteView data, string());
  return WireReader(data);
}

WireWriter& WireWriter::u8(std::uint8_t value) {
  out_.push_back(value);
  return *this;
}

WireWriter& WireWriter::u32(std::uint32_t value) { return raw(big_endian(value)); }
WireWriter& WireWriter::u64(std::uint64_t value) { return raw(big_endian(value)); }

WireWriter& WireWriter::raw(ByteView data) {
  append(out_, data);
  return *this;
}

WireWriter& WireWriter::string(ByteView data) { return u32(wire_length(data.size())).raw(data); }

WireWriter& WireWriter::mpint(ByteView magnitude) {
  const ByteView digits = trim_magnitude(magnitude);
  const bool pad = has_top_bit(digits);
  u32(wire_length(digits.size() + (pad ? 1 : 0)));
  if (pad) u8(0);
  return raw(digits);
}

SecretWriter& SecretWriter::u8(std::uint8_t value) { return raw({&value, 1}); }
SecretWriter& SecretWriter::u32(std::uint32_t value) { return raw(big_endian(value)); }

SecretWriter& SecretWriter::raw(ByteView data) {
  fits_ = fits_ && out_.append(data);
  return *this;
}

SecretWriter& SecretWriter::string(ByteView data) { return u32(wire_length(data.size())).raw(data); }

SecretWriter& SecretWriter::mpint(ByteView magnitude) {
  const ByteView digits = trim_magnitude(magnitude);
  const bool pad = has_top_bit(digits);
  u32(wire_length(digits.size() + (pad ? 1 : 0)));
  if (pad) u8(0);
  return raw(digits);
}

}  // namespace halligan::ssh
