// Words and JSON that the token commands share.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/codec.hpp"
#include "token/admin/admin.hpp"
#include "ui/describe.hpp"
#include "ui/json.hpp"

namespace halligan::token {

/// "tries left" in words: "8 tries left", "1 try left".
inline std::string tries_words(std::uint64_t tries) {
  return std::to_string(tries) + (tries == 1 ? " try left" : " tries left");
}

/// JSON of what a token need not report: null then.
template <typename Number>
ui::Json number_or_null(const std::optional<Number>& number) {
  return number ? ui::Json(*number) : ui::Json(nullptr);
}

/// "1 resident key", "5 resident keys".
inline std::string resident_words(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " resident key" : " resident keys");
}

}  // namespace halligan::token
