// What a file by age looks like from outside (C2SP age.md, sections "Header", "Payload" and "ASCII armor").
// That its payload is encrypted can be known only by whoever opens it; that it is nothing else than a file by
// age, here.
#include <algorithm>
#include <optional>

#include "base/codec.hpp"
#include "handoff/age.hpp"
#include "io/files.hpp"

namespace halligan::handoff {
namespace {

constexpr std::string_view kAgeVersion = "age-encryption.org/v1";
constexpr std::string_view kArmorBegin = "-----BEGIN AGE ENCRYPTED FILE-----";
constexpr std::string_view kArmorEnd = "-----END AGE ENCRYPTED FILE-----";
constexpr std::size_t kAgeColumns = 64;
constexpr std::size_t kMacDigits = 43;          // 32 bytes without padding
constexpr std::size_t kLeastPayload = 16 + 16;  // nonce, and the tag of an empty chunk

bool is_base64(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  });
}

// "X25519 SHARE": words of visible ASCII, one blank between them.
bool is_stanza(std::string_view words) {
  if (words.empty() || words.front() == ' ' || words.back() == ' ' ||
      words.find("  ") != std::string_view::npos) {
    return false;
  }
  return std::all_of(words.begin(), words.end(), [](char c) { return c >= 0x20 && c <= 0x7E; });
}

// The next line without its newline; nothing if there is none.
std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

bool take_stanza_body(std::string_view& text) {
  while (true) {
    const auto line = take_line(text);
    if (!line || line->size() > kAgeColumns || !is_base64(*line)) return false;
    if (line->size() < kAgeColumns) return true;
  }
}

bool is_binary_form(std::string_view text) {
  if (take_line(text) != kAgeVersion) return false;
  bool recipients = false;
  while (const auto line = take_line(text)) {
    if (line->starts_with("-> ")) {
      if (!is_stanza(line->substr(3)) || !take_stanza_body(text)) return false;
      recipients = true;
    } else {
      return recipients && line->starts_with("--- ") && line->size() == 4 + kMacDigits &&
             is_base64(line->substr(4)) && text.size() >= kLeastPayload;
    }
  }
  return false;
}

std::string_view without_blank_end(std::string_view text) {
  return text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
}

// One block and nothing around it but blank space at the end; line ends as mail may have changed them.
std::optional<Bytes> open_armor(std::string_view text) {
  text = without_blank_end(text);
  if (!text.starts_with(kArmorBegin) || !text.ends_with(kArmorEnd) ||
      text.size() < kArmorBegin.size() + kArmorEnd.size()) {
    return std::nullopt;
  }
  text.remove_prefix(kArmorBegin.size());
  text.remove_suffix(kArmorEnd.size());
  if (text.empty() || text.find_first_not_of('\r') != text.find('\n') || text.back() != '\n')
    return std::nullopt;
  std::string digits;
  while (const auto line = take_line(text)) digits += without_blank_end(*line);
  auto binary = parse_base64(digits);
  if (!binary) return std::nullopt;
  return *std::move(binary);
}

bool holds_a_secret(std::string_view text) {
  return io::holds_private_key(text) || text.find("AGE-SECRET-KEY-1") != std::string_view::npos;
}

bool is_sealed(std::string_view text) { return is_binary_form(text) && !holds_a_secret(text); }

}  // namespace

Result<> check_sealed(ByteView text) {
  const std::string_view view = as_text(text);
  if (const auto binary = open_armor(view)) {
    if (is_sealed(as_text(*binary))) return {};
  } else if (is_sealed(view)) {
    return {};
  }
  return fail(Code::kBadInput, "not encrypted by age");
}

}  // namespace halligan::handoff
