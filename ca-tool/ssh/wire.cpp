#include "ssh/wire.hpp"

namespace halligan::ssh {
namespace {

bool has_top_bit(ByteView number) { return !number.empty() && number[0] >= 0x80; }

}  // namespace

ByteView trim_magnitude(ByteView magnitude) {
  std::size_t zeros = 0;
  while (zeros < magnitude.size() && magnitude[zeros] == 0) ++zeros;
  return magnitude.subspan(zeros);
}

Result<ByteView> WireReader::string() {
  WireReader ahead = *this;  // moved to only when both parts are there
  HALLIGAN_TRY(const std::uint32_t length, ahead.u32());
  HALLIGAN_TRY(const ByteView data, ahead.take(length));
  *this = ahead;
  return data;
}

Result<std::string_view> WireReader::text() {
  WireReader ahead = *this;
  HALLIGAN_TRY(const ByteView data, ahead.string());
  const std::string_view text = as_text(data);
  if (text.find('\0') != std::string_view::npos) return fail(Code::kBadInput, "a NUL inside a text");
  *this = ahead;
  return text;
}

Result<ByteView> WireReader::mpint() {
  WireReader ahead = *this;
  HALLIGAN_TRY(const ByteView data, ahead.string());
  if (has_top_bit(data)) return fail(Code::kBadInput, "a negative number");
  if (!data.empty() && data[0] == 0 && !has_top_bit(data.subspan(1))) {
    return fail(Code::kBadInput, "a number with needless leading zeros");
  }
  *this = ahead;
  return trim_magnitude(data);
}

Result<WireReader> WireReader::nested() {
  HALLIGAN_TRY(const ByteView data, string());
  return WireReader(data);
}

}  // namespace halligan::ssh
