#include "ssh/rfc4716.hpp"

#include <algorithm>
#include <string>

#include "base/codec.hpp"
#include "base/text.hpp"

namespace halligan::ssh {
namespace {

constexpr std::string_view kFirstLine = "---- BEGIN SSH2 PUBLIC KEY ----";
constexpr std::string_view kLastLine = "---- END SSH2 PUBLIC KEY ----";
constexpr std::string_view kComment = "comment: ";

std::string_view line_of(std::string_view& text) {
  std::string_view line = next_line(text);
  line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
  return line;
}

bool is_comment(std::string_view header) {
  return header.size() >= kComment.size() &&
         std::ranges::equal(header.substr(0, kComment.size()), kComment,
                            [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

// A header and the lines on which it goes on.
std::string whole_header(std::string_view line, std::string_view& text) {
  std::string header(line);
  while (header.ends_with('\\') && !text.empty()) {
    header.pop_back();
    header += line_of(text);
  }
  return header;
}

}  // namespace

bool looks_like_rfc4716(std::string_view text) { return trim_start(text).starts_with(kFirstLine); }

Result<PublicKeyLine> parse_rfc4716(std::string_view text) {
  text = trim_start(text);
  if (line_of(text) != kFirstLine) return fail(Code::kBadInput, "not a public key of RFC 4716");
  std::string comment;
  std::string digits;
  while (true) {
    if (text.empty()) return fail(Code::kBadInput, "the end of the public key is missing");
    const std::string_view line = line_of(text);
    if (line == kLastLine) break;
    if (line.find(':') == std::string_view::npos) {
      digits += line;
      continue;
    }
    if (!digits.empty()) return fail(Code::kBadInput, "a header after the start of the public key");
    const std::string header = whole_header(line, text);
    if (!is_comment(header)) continue;
    comment = header.substr(kComment.size());
    if (comment.size() >= 2 && comment.starts_with('"') && comment.ends_with('"'))
      comment = comment.substr(1, comment.size() - 2);
  }
  if (!trim_start(text).empty()) return fail(Code::kBadInput, "more than one key, or text after it");
  Bytes blob(digits.size());
  HALLIGAN_TRY(const std::size_t size, parse_base64(digits, blob));
  blob.resize(size);
  HALLIGAN_TRY(PublicKey key, PublicKey::parse(blob));
  return PublicKeyLine{std::move(key), std::move(comment)};
}

}  // namespace halligan::ssh
