// Public keys in the form that ssh.com and PuTTY write. Source of the format: RFC 4716.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "ssh/key.hpp"

namespace halligan::ssh {

bool looks_like_rfc4716(std::string_view text);

/// "---- BEGIN SSH2 PUBLIC KEY ----", headers that may go on behind a backslash, base64, the end marker. Of
/// the headers only Comment is looked at; quotes around it are removed.
/// @errors kBadInput · kUnsupported (a kind of key that is not known)
Result<PublicKeyLine> parse_rfc4716(std::string_view text);

}  // namespace halligan::ssh
