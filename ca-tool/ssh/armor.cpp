#include "ssh/armor.hpp"

#include <algorithm>
#include <cstdint>

namespace halligan::ssh {
namespace {

constexpr std::string_view kBegin = "-----BEGIN OPENSSH PRIVATE KEY-----";
constexpr std::string_view kEnd = "-----END OPENSSH PRIVATE KEY-----";
constexpr std::string_view kWhitespace = " \t\r\n";
constexpr std::size_t kColumns = 70;

// Base64 by arithmetic, without a table and without a branch on the digit: the same time for every key.
constexpr std::uint8_t to_digit(unsigned value) {
  const auto below = [&](unsigned limit) { return (value - limit) >> 31; };  // 1 if value < limit
  unsigned out = '/';
  out = below(63) * '+' + (1 - below(63)) * out;
  out = below(62) * (value - 52 + '0') + (1 - below(62)) * out;
  out = below(52) * (value - 26 + 'a') + (1 - below(52)) * out;
  out = below(26) * (value + 'A') + (1 - below(26)) * out;
  return static_cast<std::uint8_t>(out);
}

// 0..63, or 64 and more for what is no digit.
constexpr unsigned from_digit(std::uint8_t c) {
  const auto in = [&](unsigned low, unsigned high) {
    return (1U - ((c - low) >> 31)) & ((c - high - 1U) >> 31);
  };
  unsigned out = 64;
  out -= in('A', 'Z') * (64 - (c - 'A'));
  out -= in('a', 'z') * (64 - (c - 'a' + 26U));
  out -= in('0', '9') * (64 - (c - '0' + 52U));
  out -= in('+', '+') * (64 - 62);
  out -= in('/', '/') * (64 - 63);
  return out;
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kWhitespace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhitespace) - first + 1);
}

Failure not_ours(std::string_view text) {
  if (text.starts_with("-----BEGIN ") && text.find("PRIVATE KEY-----") != std::string_view::npos) {
    return fail(Code::kUnsupported, "a PEM private key, not an OpenSSH one",
                "convert it with ssh-keygen -p -f FILE, which rewrites it in OpenSSH's format");
  }
  return fail(Code::kBadInput, "not an OpenSSH private key file");
}

// Decodes digit by digit; `=` only at the end, and the bits behind the last byte must be zero.
class Decoder {
 public:
  explicit Decoder(KeyText& out) : out_(out) {}
  ~Decoder() { explicit_bzero(&bits_, sizeof bits_); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  /// What is wrong with this character, or nullptr. Called for each one: no Result is built for those that
  /// are right.
  const char* take(char c) {
    if (c == '\n' || c == '\r') return nullptr;
    ++count_;
    if (c == '=') return ++padding_ <= 2 ? nullptr : "too much padding";
    const unsigned digit = from_digit(static_cast<std::uint8_t>(c));
    if (digit > 63 || padding_ != 0) return "a character that is not base64";
    bits_ = bits_ << 6 | digit;
    held_ += 6;
    if (held_ < 8) return nullptr;
    held_ -= 8;
    const auto byte = static_cast<std::uint8_t>(bits_ >> held_);
    bits_ &= (1U << held_) - 1;
    return out_.append(byte) ? nullptr : "larger than any key";
  }

  Result<> finish() const {
    if (count_ % 4 != 0) return fail(Code::kBadInput, "base64 that stops in the middle");
    if (bits_ != 0 || held_ != 2 * padding_) return fail(Code::kBadInput, "bits behind the last byte");
    return {};
  }

 private:
  KeyText& out_;
  std::uint32_t bits_ = 0;
  unsigned held_ = 0;
  unsigned padding_ = 0;
  std::size_t count_ = 0;
};

}  // namespace

Result<KeyText> write_armor(ByteView binary) {
  KeyText out;
  std::size_t column = 0;
  bool fits = out.append(as_bytes(kBegin)) && out.append(std::uint8_t{'\n'});
  const auto put = [&](std::uint8_t c) {
    fits = fits && out.append(c);
    if (++column < kColumns) return;
    fits = fits && out.append(std::uint8_t{'\n'});
    column = 0;
  };
  for (std::size_t i = 0; i < binary.size(); i += 3) {
    const std::size_t have = std::min<std::size_t>(3, binary.size() - i);
    unsigned group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (k < have ? binary[i + k] : 0U);
    for (unsigned k = 0; k < 4; ++k)
      put(k <= have ? to_digit(group >> (18 - 6 * k) & 63U) : std::uint8_t{'='});
    explicit_bzero(&group, sizeof group);
  }
  if (column != 0) fits = fits && out.append(std::uint8_t{'\n'});
  fits = fits && out.append(as_bytes(kEnd)) && out.append(std::uint8_t{'\n'});
  if (!fits) return fail(Code::kBadInput, "the key is too large for a key file");
  return out;
}

Result<KeyText> parse_armor(std::string_view text) {
  text = trim(text);
  if (!text.starts_with(kBegin)) return not_ours(text);
  text.remove_prefix(kBegin.size());
  if (!text.ends_with(kEnd)) return fail(Code::kBadInput, "the end of the private key file is missing");
  text.remove_suffix(kEnd.size());
  if (!text.ends_with('\n') || text.find_first_of("\r\n") != 0) {
    return fail(Code::kBadInput, "the markers of a private key file are not on lines of their own");
  }
  KeyText out;
  Decoder decoder(out);
  for (const char c : text) {
    if (const char* wrong = decoder.take(c); wrong != nullptr) return fail(Code::kBadInput, wrong);
  }
  HALLIGAN_CHECK(decoder.finish());
  return out;
}

}  // namespace halligan::ssh
