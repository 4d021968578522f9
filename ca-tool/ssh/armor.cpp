#include "ssh/armor.hpp"

#include <algorithm>
#include <cstdint>

#include "base/codec.hpp"

namespace halligan::ssh {
namespace {

constexpr std::string_view kBegin = "-----BEGIN OPENSSH PRIVATE KEY-----";
constexpr std::string_view kEnd = "-----END OPENSSH PRIVATE KEY-----";
constexpr std::string_view kWhitespace = " \t\r\n";
constexpr std::size_t kColumns = 70;

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

}  // namespace

Result<KeyText> write_armor(ByteView binary) {
  KeyText digits;
  KeyText out;
  bool fits = digits.resize(base64_size(binary.size()));
  if (fits) base64(binary, digits.data());
  const auto put_line = [&](ByteView line) {
    fits = fits && out.append(line) && out.append(std::uint8_t{'\n'});
  };
  put_line(as_bytes(kBegin));
  for (ByteView rest = digits.view(); !rest.empty();) {
    const std::size_t columns = std::min(kColumns, rest.size());
    put_line(rest.first(columns));
    rest = rest.subspan(columns);
  }
  put_line(as_bytes(kEnd));
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
  KeyText digits;
  for (const char c : text) {
    if (c == '\r' || c == '\n') continue;
    if (!digits.append(static_cast<std::uint8_t>(c))) return fail(Code::kBadInput, "the key is too large");
  }
  KeyText out;
  if (!out.resize(digits.size())) return fail(Code::kInternal, "a buffer smaller than itself");
  HALLIGAN_TRY(const std::size_t size, parse_base64(as_text(digits.view()), {out.data(), out.size()}));
  if (!out.resize(size)) return fail(Code::kInternal, "a buffer smaller than itself");
  return out;
}

}  // namespace halligan::ssh
