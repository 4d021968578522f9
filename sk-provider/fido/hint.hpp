// What a person can do next at a token, as a command to type.
#pragma once

#include <string>
#include <string_view>

namespace halligan::fido {

inline constexpr const char* kReinsert = "remove the token, insert it again and retry";
inline constexpr const char* kInsertHolder = "insert the token that made the key";
inline constexpr const char* kWaitForOther = "wait until it finishes, then try again";

/// "set one with: halligan token pin set --device PATH": for hidraw tokens and cards alike.
std::string set_pin_hint(std::string_view path);
std::string change_pin_hint(std::string_view path);
/// For a full token.
std::string list_keys_hint(std::string_view path);

}  // namespace halligan::fido
