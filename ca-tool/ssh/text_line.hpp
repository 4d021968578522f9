// The shape that .pub and -cert.pub files share: one line "type base64 comment".
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace halligan::ssh {

struct TextLine {
  std::string_view type;  ///< the first word; the caller compares it with the name inside the blob
  Bytes blob;
  std::string_view comment;
};

/// Take the first word off `text`, and the blanks after it. Empty if the text begins with a blank.
std::string_view next_word(std::string_view& text);
/// The first word of a line.
inline std::string_view first_word(std::string_view line) { return next_word(line); }

/// Split a line and decode its base64. Views point into the line. @errors kBadInput
Result<TextLine> split_text_line(std::string_view line);

/// The one line of a file that is neither blank nor a # comment, without its LF or CRLF. @errors kBadInput
Result<std::string_view> only_line(std::string_view text);

/// Each line that is neither blank nor a # comment, without its LF or CRLF and the blanks in front; numbers
/// count from 1. @errors those of `take`, "line 3: …", at the first
Result<> each_line(std::string_view text,
                   const std::function<Result<>(std::string_view line, std::size_t number)>& take);

std::string join_text_line(std::string_view type, ByteView blob, std::string_view comment);

}  // namespace halligan::ssh
