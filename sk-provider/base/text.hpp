// Text of several lines, taken apart.
#pragma once

#include <algorithm>
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

}  // namespace halligan
