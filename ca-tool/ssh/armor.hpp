// The text form of key files: base64 between two marker lines, all of it in wiped buffers.
// Source of the form: OpenSSH's PROTOCOL.key; RFC 7468.
#pragma once

#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace halligan::ssh {

/// "-----BEGIN OPENSSH PRIVATE KEY-----", base64 in lines of 70 as ssh-keygen writes it, the end marker; each
/// line ends in LF. @errors kBadInput (too large for KeyText)
Result<KeyText> write_armor(ByteView binary);

constexpr std::string_view kOpensshLabel = "OPENSSH PRIVATE KEY";

/// What a text in armor says that it is, "EC PRIVATE KEY"; empty where no marker begins it. The curve that
/// openssl ecparam writes in front of a key is skipped.
std::string_view armor_label(std::string_view text);

/// The bytes between the markers. Lines may be of any length and end in CRLF (other programs write 64
/// columns); there is only blank space before and after the markers.
/// @errors kBadInput · kUnsupported (an armor with another label, which is named; encrypted as PEM does it)
Result<KeyText> parse_armor(std::string_view text, std::string_view label = kOpensshLabel);

}  // namespace halligan::ssh
