// Whose a resident key is. Tokens keep one key for each application and user id; OpenSSH's ids are 32 bytes:
// a text, and NULs behind it.
#pragma once

#include <array>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace halligan::fido {

using UserId = std::array<std::uint8_t, 32>;

/// The id that OpenSSH gives this user, "" included. @errors kBadInput (longer than 31 bytes)
Result<UserId> user_id(const std::string& user);

/// An id with this user's text that no other key has: its last 16 bytes are random, and what is between them
/// and the text is NUL. @errors kBadInput (longer than 15 bytes) · kInternal (no random bytes)
Result<UserId> unique_user_id(const std::string& user);

/// The text in an id: of one with OpenSSH's length as far as its first NUL, of any other without the NULs at
/// its end.
std::string user_text(ByteView id);

}  // namespace halligan::fido
