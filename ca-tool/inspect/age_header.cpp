#include "inspect/age_header.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "base/text.hpp"

namespace halligan::inspect {
namespace {

constexpr std::string_view kBinaryStart = "age-encryption.org/v1\n";
constexpr std::string_view kArmorStart = "-----BEGIN AGE ENCRYPTED FILE-----";
constexpr std::size_t kArmorColumns = 64;

// The header's lines, "-> X25519 …", from either form.
std::string header_of(std::string_view head) {
  if (head.starts_with(kBinaryStart)) return std::string(head);
  std::string digits;
  head.remove_prefix(std::min(kArmorStart.size(), head.size()));
  while (!head.empty()) {
    std::string_view line = next_line(head);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() == kArmorColumns) digits += line;  // the last one has nothing of the header
  }
  const auto bytes = parse_base64(digits);
  return bytes ? std::string(as_text(*bytes)) : "";
}

}  // namespace

bool looks_encrypted(std::string_view head) {
  return head.starts_with(kBinaryStart) || head.starts_with(kArmorStart);
}

AgeHeader read_age_header(std::string_view head) {
  AgeHeader out{head.starts_with(kArmorStart), {}};
  const std::string text = header_of(head);
  std::string_view header = text;
  while (!header.starts_with("---") && header.find('\n') != std::string_view::npos) {
    const std::string_view line = next_line(header);
    if (line.starts_with("-> ")) out.recipients.emplace_back(line.substr(3, line.find(' ', 3) - 3));
  }
  return out;
}

}  // namespace halligan::inspect
