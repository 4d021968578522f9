// User IDs of resident keys. Tokens store one key for each application and user ID; OpenSSH's IDs are 32
// bytes: a text padded with NULs.
#pragma once

#include <array>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace halligan::fido {

using UserId = std::array<std::uint8_t, 32>;

/// The ID that OpenSSH gives this user, including "". @errors kBadInput (longer than 31 bytes)
Result<UserId> user_id(const std::string& user);

/// An ID with this user's text that no other key has: its last 16 bytes are random, and NULs are between them
/// and the text. @errors kBadInput (longer than 15 bytes) · kInternal (no random bytes)
Result<UserId> unique_user_id(const std::string& user);

/// The text in an ID: of one with OpenSSH's length up to its first NUL, of any other without trailing NULs.
std::string user_text(ByteView id);

}  // namespace halligan::fido
