#include "ssh/text_line.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "base/text.hpp"

namespace halligan::ssh {
namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kLineBreaks("\0\n\r", 3);

// Where the first of a few characters is, or the end. memchr looks at many bytes at a time: a line is mostly
// base64, and find_first_of() over it costs as much as parsing all that it says.
std::size_t find_any(std::string_view text, std::string_view wanted) {
  for (const char c : wanted) text = text.substr(0, text.find(c));
  return text.size();
}

std::string_view without_cr(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

std::string_view next_word(std::string_view& text) {
  const std::string_view word = text.substr(0, find_any(text, kBlanks));
  text.remove_prefix(word.size());
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return word;
}

Result<TextLine> split_text_line(std::string_view line) {
  if (find_any(line, kLineBreaks) != line.size()) {
    return fail(Code::kBadInput, "a NUL or a line break in the line");
  }
  TextLine out;
  out.type = next_word(line);
  if (out.type.empty()) return fail(Code::kBadInput, "the line begins with a blank or is empty");
  const std::string_view encoded = next_word(line);
  if (encoded.empty()) return fail(Code::kBadInput, "no key data after the type");
  HALLIGAN_TRY(out.blob, parse_base64(encoded));
  out.comment = line;
  return out;
}

Result<std::string_view> only_line(std::string_view text) {
  std::string_view found;
  while (!text.empty()) {
    const std::string_view line = without_cr(next_line(text));
    if (line.empty() || line[0] == '#' || line.find_first_not_of(kBlanks) == std::string_view::npos) continue;
    if (!found.empty()) return fail(Code::kBadInput, "more than one line where one key is expected");
    found = line;
  }
  if (found.empty()) return fail(Code::kBadInput, "contains no key");
  return found;
}

Result<> each_line(std::string_view text,
                   const std::function<Result<>(std::string_view line, std::size_t number)>& take) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = without_cr(next_line(text));
    line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
    if (line.empty() || line[0] == '#') continue;
    HALLIGAN_CHECK(take(line, number).in("line " + std::to_string(number)));
  }
  return {};
}

std::string join_text_line(std::string_view type, ByteView blob, std::string_view comment) {
  std::string line(type);
  line += ' ';
  line += base64(blob);
  if (comment.empty()) return line;
  line += ' ';
  for (const char c : comment) line += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  return line;
}

}  // namespace halligan::ssh
