// Words and JSON that the token commands share. What came from a token is made safe for a terminal here.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/codec.hpp"
#include "token/admin/admin.hpp"
#include "ui/describe.hpp"
#include "ui/json.hpp"

namespace halligan::token {

/// "tries left" in words: "8 tries left", "one try left".
std::string tries_words(std::uint64_t tries);

/// "1 resident key", "5 resident keys".
std::string resident_words(std::uint64_t count);

}  // namespace halligan::token
