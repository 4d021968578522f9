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

// Length of the well-formed UTF-8 sequence at the front, 0 if there is none (Unicode 15, table 3-7).
std::size_t sequence_length(ByteView data) {
  const std::uint8_t lead = data[0];
  if (lead < 0x80) return 1;
  std::uint8_t low = 0x80;
  std::uint8_t high = 0xBF;
  std::size_t length = 0;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  }
  if (length == 0 || data.size() < length) return 0;
  if (data[1] < low || data[1] > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (data[i] < 0x80 || data[i] > 0xBF) return 0;
  }
  return length;
}

// C0, DEL, and the C1 controls that some terminals obey (U+0080..U+009F are C2 80..C2 9F), and the
// bidirectional overrides that make a line read otherwise than it is (U+202A..U+202E, U+2066..U+2069).
bool is_control(ByteView sequence) {
  if (sequence.size() == 1) return sequence[0] < 0x20 || sequence[0] == 0x7F;
  if (sequence.size() == 2) return sequence[0] == 0xC2 && sequence[1] < 0xA0;
  if (sequence.size() != 3 || sequence[0] != 0xE2) return false;
  return (sequence[1] == 0x80 && sequence[2] >= 0xAA && sequence[2] <= 0xAE) ||
         (sequence[1] == 0x81 && sequence[2] >= 0xA6 && sequence[2] <= 0xA9);
}

}  // namespace

std::string base64(ByteView data) {
  std::string out;
  out.reserve((data.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < data.size(); i += 3) {
    const std::size_t have = std::min<std::size_t>(3, data.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (k < have ? data[i + k] : 0U);
    for (std::size_t k = 0; k < 4; ++k) {
      out += k <= have ? kBase64[group >> (18 - 6 * k) & 63U] : '=';
    }
  }
  return out;
}

Result<Bytes> parse_base64(std::string_view text) {
  if (text.size() % 4 != 0) return fail(Code::kBadInput, "base64: length is not a multiple of four");
  Bytes out;
  out.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const bool last = i + 4 == text.size();
    std::size_t padding = 0;
    if (last && text[i + 3] == '=') padding = text[i + 2] == '=' ? 2 : 1;
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const int value = k < 4 - padding ? kFromBase64[static_cast<std::uint8_t>(text[i + k])] : 0;
      if (value < 0) return fail(Code::kBadInput, "base64: bad character at offset " + std::to_string(i + k));
      group = group << 6 | static_cast<std::uint32_t>(value);
    }
    if ((padding == 1 && (group & 0xFFU) != 0) || (padding == 2 && (group & 0xFFFFU) != 0)) {
      return fail(Code::kBadInput, "base64: non-zero bits after the last byte");
    }
    for (std::size_t k = 0; k < 3 - padding; ++k)
      out.push_back(static_cast<std::uint8_t>(group >> (16 - 8 * k)));
  }
  return out;
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
    const std::size_t length = sequence_length(data);
    if (length == 0 || data[0] == 0) return false;
    data = data.subspan(length);
  }
  return true;
}

std::size_t code_points(ByteView utf8) {
  std::size_t count = 0;
  for (const std::uint8_t byte : utf8) count += (byte & 0xC0U) != 0x80U;
  return count;
}

std::string printable(ByteView data) {
  std::string out;
  while (!data.empty()) {
    const std::size_t length = sequence_length(data);
    if (length == 0 || is_control(data.first(length))) {
      for (const std::uint8_t byte : data.first(std::max<std::size_t>(1, length)))
        out += "\\x" + hex({&byte, 1});
    } else if (data[0] == '\\') {
      out += "\\\\";
    } else {
      out += as_text(data.first(length));
    }
    data = data.subspan(std::max<std::size_t>(1, length));
  }
  return out;
}

bool plays_tricks(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto at = [&](std::size_t k) { return k < text.size() ? static_cast<unsigned char>(text[k]) : 0U; };
    if (at(i) < 0x20 || at(i) == 0x7F) return true;
    if (at(i) == 0xC2 && at(i + 1) < 0xA0) return true;
    if (at(i) != 0xE2) continue;
    const unsigned last = at(i + 2);
    if (at(i + 1) == 0x80 && ((last >= 0x8B && last <= 0x8F) || (last >= 0xAA && last <= 0xAE))) return true;
    if (at(i + 1) == 0x81 && last >= 0xA6 && last <= 0xA9) return true;
  }
  return false;
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-:";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) return std::string(text);
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace halligan
