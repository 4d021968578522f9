#include "base/codec.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace halligan {
namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kHex = "0123456789abcdef";

constexpr std::array<std::int8_t, 256> kFromBase64 = [] {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < kBase64.size(); ++i) {
    table[static_cast<std::uint8_t>(kBase64[i])] = static_cast<std::int8_t>(i);
  }
  return table;
}();

int from_hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

struct CodePoint {
  std::size_t length;  // of its sequence in bytes; 0: the bytes are not well-formed UTF-8
  char32_t value;
};

// The one at the front (Unicode 15, table 3-7).
CodePoint front(ByteView data) {
  const std::uint8_t lead = data[0];
  if (lead < 0x80) return {1, lead};
  const std::size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                             : lead >= 0xE0 && lead <= 0xEF ? 3
                             : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                            : 0;
  if (length == 0 || data.size() < length) return {};
  const std::uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const std::uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (data[1] < low || data[1] > high) return {};
  char32_t value = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((data[i] & 0xC0U) != 0x80U) return {};
    value = value << 6 | (data[i] & 0x3FU);
  }
  return {length, value};
}

struct Range {
  char32_t first;
  char32_t last;
};

// What a terminal obeys, or does not draw: the controls C0, DEL and C1; the line and paragraph separators;
// the bidirectional controls; Default_Ignorable_Code_Point of DerivedCoreProperties.txt (Unicode 15), which
// includes the tags and variation selectors; the interlinear annotation controls.
constexpr Range kNotShown[] = {{0x0000, 0x001F},   {0x007F, 0x009F},   {0x00AD, 0x00AD},  {0x034F, 0x034F},
                               {0x061C, 0x061C},   {0x115F, 0x1160},   {0x17B4, 0x17B5},  {0x180B, 0x180F},
                               {0x200B, 0x200F},   {0x2028, 0x202E},   {0x2060, 0x206F},  {0x3164, 0x3164},
                               {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},  {0xFFF0, 0xFFFB},
                               {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}};

bool is_shown(CodePoint point) {
  if (point.length == 0) return false;
  if (point.value < 0x80) return point.value >= 0x20 && point.value != 0x7F;
  const auto* const range =
      std::lower_bound(std::begin(kNotShown), std::end(kNotShown), point.value,
                       [](const Range& each, char32_t value) { return each.last < value; });
  return range == std::end(kNotShown) || point.value < range->first;
}

void append_escaped(std::string& out, ByteView bytes) {
  for (const std::uint8_t byte : bytes) out.append({'\\', 'x', kHex[byte >> 4], kHex[byte & 15]});
}

std::string escaped(ByteView data, bool backslash) {
  std::string out;
  out.reserve(data.size());
  while (!data.empty()) {
    const CodePoint point = front(data);
    const ByteView bytes = data.first(std::max<std::size_t>(1, point.length));
    if (is_shown(point)) {
      if (backslash && point.value == '\\') out += '\\';
      out += as_text(bytes);
    } else {
      append_escaped(out, bytes);
    }
    data = data.subspan(bytes.size());
  }
  return out;
}

}  // namespace

void base64(ByteView data, std::uint8_t* out) {
  for (std::size_t i = 0; i < data.size(); i += 3) {
    const std::size_t have = std::min<std::size_t>(3, data.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (k < have ? data[i + k] : 0U);
    for (std::size_t k = 0; k < 4; ++k) {
      *out++ = static_cast<std::uint8_t>(k <= have ? kBase64[group >> (18 - 6 * k) & 63U] : '=');
    }
  }
}

std::string base64(ByteView data) {
  std::string out(base64_size(data.size()), '\0');
  base64(data, reinterpret_cast<std::uint8_t*>(out.data()));
  return out;
}

Result<std::size_t> parse_base64(std::string_view text, std::span<std::uint8_t> out) {
  if (text.size() % 4 != 0) return fail(Code::kBadInput, "base64: length is not a multiple of four");
  if (text.empty()) return 0;
  const std::size_t padding = !text.ends_with('=') ? 0 : text.ends_with("==") ? 2 : 1;
  const std::size_t size = text.size() / 4 * 3 - padding;
  if (out.size() < size) return fail(Code::kBadInput, "base64: too long");
  const std::string_view digits = text.substr(0, text.size() - padding);
  // 24 bits; a character that is not of the alphabet makes it negative, whatever the others are.
  const auto group_of = [](const char* four) {
    std::int32_t group = 0;
    for (int k = 0; k < 4; ++k)
      group |= kFromBase64[static_cast<std::uint8_t>(four[k])] * (1 << (18 - 6 * k));
    return group;
  };
  std::int32_t all = 0;
  std::uint8_t* to = out.data();
  const char* from = digits.data();
  for (std::size_t i = 0; i < digits.size() / 4; ++i, from += 4) {
    const std::int32_t group = group_of(from);
    all |= group;
    *to++ = static_cast<std::uint8_t>(group >> 16);
    *to++ = static_cast<std::uint8_t>(group >> 8);
    *to++ = static_cast<std::uint8_t>(group);
  }
  std::int32_t last = 0;
  if (padding != 0) {
    std::array<char, 4> four{'A', 'A', 'A', 'A'};
    std::copy_n(from, 4 - padding, four.begin());
    last = group_of(four.data());
    *to++ = static_cast<std::uint8_t>(last >> 16);
    if (padding == 1) *to++ = static_cast<std::uint8_t>(last >> 8);
  }
  if ((all | last) < 0) {
    const std::size_t bad = digits.find_first_not_of(kBase64);
    return fail(Code::kBadInput, "base64: bad character at offset " + std::to_string(bad));
  }
  if ((last & ((1 << 8 * padding) - 1)) != 0) {
    return fail(Code::kBadInput, "base64: non-zero bits after the last byte");
  }
  return size;
}

Result<Bytes> parse_base64(std::string_view text) {
  Bytes out(text.size() / 4 * 3);
  HALLIGAN_TRY(const std::size_t size, parse_base64(text, out));
  out.resize(size);
  return out;
}

// RFC 4648, 5: two letters are others, so that a text is safe in names.
std::string base64url(ByteView data) {
  std::string text = base64(data);
  text.resize(std::min(text.find('='), text.size()));
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

Result<Bytes> parse_base64url(std::string_view text) {
  if (const auto at = text.find_first_of("+/="); at != std::string_view::npos)
    return fail(Code::kBadInput, "base64url: unexpected character at position " + std::to_string(at));
  std::string plain(text);
  std::ranges::replace(plain, '-', '+');
  std::ranges::replace(plain, '_', '/');
  plain.append((4 - plain.size() % 4) % 4, '=');
  return parse_base64(plain);
}

std::string hex(ByteView data) {
  std::string out;
  out.reserve(data.size() * 2);
  for (const std::uint8_t byte : data) {
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

Result<Bytes> parse_hex(std::string_view text) {
  if (text.size() % 2 != 0) return fail(Code::kBadInput, "hexadecimal: odd number of digits");
  Bytes out;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = from_hex(text[i]);
    const int low = from_hex(text[i + 1]);
    if (high < 0 || low < 0) {
      return fail(Code::kBadInput,
                  "hexadecimal: bad digit at offset " + std::to_string(high < 0 ? i : i + 1));
    }
    out.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return out;
}

bool is_utf8(ByteView data) {
  while (!data.empty()) {
    const CodePoint point = front(data);
    if (point.length == 0 || point.value == 0) return false;
    data = data.subspan(point.length);
  }
  return true;
}

std::size_t code_points(ByteView utf8) {
  std::size_t count = 0;
  for (const std::uint8_t byte : utf8) count += (byte & 0xC0U) != 0x80U;
  return count;
}

std::string printable(ByteView data) { return escaped(data, true); }
std::string one_line(std::string_view text) { return escaped(as_bytes(text), false); }

bool plays_tricks(std::string_view text) {
  for (ByteView data = as_bytes(text); !data.empty();) {
    const CodePoint point = front(data);
    if (!is_shown(point)) return true;
    data = data.subspan(point.length);
  }
  return false;
}

std::string fitted(std::string_view text, std::size_t columns) {
  if (code_points(as_bytes(text)) <= columns) return std::string(text);
  constexpr std::string_view kMissing = "...";
  const std::size_t keep = columns > kMissing.size() ? columns - kMissing.size() : 0;
  std::size_t end = 0;
  for (std::size_t seen = 0; end < text.size(); ++end) {
    const bool begins = (static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U;
    if (begins && seen++ == keep) break;
  }
  return std::string(text.substr(0, end)) + std::string(kMissing.substr(0, columns - keep));
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-:@";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) return std::string(text);
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace halligan
