// Text: lines and words.
#pragma once

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace halligan {

/// Take the first line off `text`: everything up to a newline, which is removed too, or to the end. The text
/// is empty after its last line, whether that ends in a newline or not; a CR is part of its line.
/// @return the line without its newline; a view of what `text` views
inline std::string_view next_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

/// The text before `mark`; both are removed from `text`, which is left as it is without one.
inline std::optional<std::string_view> before(std::string_view& text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view out = text.substr(0, at);
  text.remove_prefix(at + mark.size());
  return out;
}

/// Without the white space that begins it, of any number of lines.
inline std::string_view trim_start(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  return text;
}

/// Is it that word, in upper or lower case? @param lower in lower-case letters alone
inline bool is_word(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower,
                            [](char c, char low) { return (c >= 'A' && c <= 'Z' ? c | 0x20 : c) == low; });
}

/// All of it as a number: digits alone, for a signed one a minus before them. @return nothing if it is not
/// one
template <typename Number>
std::optional<Number> whole_number(std::string_view text, int base = 10) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

}  // namespace halligan
