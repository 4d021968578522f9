// Strict text codecs: what is accepted re-encodes to the same text.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace halligan {

/// Base64 of RFC 4648 section 4 with padding, on one line.
std::string base64(ByteView data);

/// The reverse; rejects whitespace, missing padding and non-zero bits after the last byte. @errors kBadInput
Result<Bytes> parse_base64(std::string_view text);

/// Base64 of RFC 4648 section 5, without padding, and its reverse, as strict. @errors kBadInput
std::string base64url(ByteView data);
Result<Bytes> parse_base64url(std::string_view text);

/// Both for secrets, into a buffer of the caller's.
/// @param out of base64_size(data.size()) bytes
void base64(ByteView data, std::uint8_t* out);
constexpr std::size_t base64_size(std::size_t bytes) { return (bytes + 2) / 3 * 4; }
/// @return how many bytes it was. @errors kBadInput (also: more than `out` has room for)
Result<std::size_t> parse_base64(std::string_view text, std::span<std::uint8_t> out);

/// Lower-case hexadecimal.
std::string hex(ByteView data);

/// The reverse; an even number of hexadecimal digits of either case. @errors kBadInput
Result<Bytes> parse_hex(std::string_view text);

/// Well-formed UTF-8 without overlong forms, surrogates or NUL.
bool is_utf8(ByteView data);

/// Number of code points in well-formed UTF-8.
std::size_t code_points(ByteView utf8);

/// Well-formed UTF-8 cut to so many columns, between characters, with "..." for the rest.
std::string fitted(std::string_view text, std::size_t columns);

/// Text from outside made safe for a terminal, a log and a table. Everything that is not drawn appears as the
/// bytes \xNN of its UTF-8: control characters (C0, DEL, C1), line and paragraph separators, bidirectional
/// controls, default-ignorable code points, and bytes that are not UTF-8. A backslash appears as \\, so that
/// no two texts look alike. Private use characters are left as they are.
std::string printable(ByteView data);
inline std::string printable(std::string_view text) { return printable(as_bytes(text)); }

/// The same without doubling the backslash: for a line of ours, with printable() texts in it, at the place
/// that writes it. Does not change what printable() has returned.
std::string one_line(std::string_view text);

/// Does this text have anything that one_line() escapes? What is shown must be what is there.
bool plays_tricks(std::string_view text);

/// One word of a POSIX shell's command line, quoted where it has to be.
std::string shell_word(std::string_view text);

}  // namespace halligan
