// Strict text codecs: what is accepted re-encodes to the same text.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace halligan {

/// Base64 of RFC 4648 section 4 with padding, on one line.
std::string base64(ByteView data);

/// The reverse; refuses whitespace, missing padding and non-zero bits after the last byte. @errors kBadInput
Result<Bytes> parse_base64(std::string_view text);

/// Lower-case hexadecimal.
std::string hex(ByteView data);

/// The reverse; an even number of hexadecimal digits of either case. @errors kBadInput
Result<Bytes> parse_hex(std::string_view text);

/// Well-formed UTF-8 without overlong forms, surrogates or NUL.
bool is_utf8(ByteView data);

/// Number of code points in well-formed UTF-8.
std::size_t code_points(ByteView utf8);

/// Text from outside made safe for a terminal and one line: control characters, and bytes that are not UTF-8,
/// appear as \xNN, a backslash as \\.
std::string printable(ByteView data);
inline std::string printable(std::string_view text) { return printable(as_bytes(text)); }

/// Has this UTF-8 text control characters, those of U+0080..009F among them, or marks that turn or hide the
/// text around them (U+200B..200F, U+202A..202E, U+2066..2069)? What is shown must be what is there.
bool plays_tricks(std::string_view text);

/// One word of a POSIX shell's command line, quoted where it has to be.
std::string shell_word(std::string_view text);

}  // namespace halligan
