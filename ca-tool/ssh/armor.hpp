// The text form of OpenSSH's private key files: base64 between two marker lines, all of it in wiped buffers.
#pragma once

#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace halligan::ssh {

/// "-----BEGIN OPENSSH PRIVATE KEY-----", base64 in lines of 70 as ssh-keygen writes it, the end marker; each
/// line ends in LF. @errors kBadInput (too large for KeyText)
Result<KeyText> write_armor(ByteView binary);

/// The bytes between the markers. Lines may be of any length and end in CRLF (other programs write 64
/// columns); there is only blank space before and after the markers. PEM keys of other kinds are named
/// in the error.
/// @errors kBadInput · kUnsupported (a PEM key of another kind)
Result<KeyText> parse_armor(std::string_view text);

}  // namespace halligan::ssh
