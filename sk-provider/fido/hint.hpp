// What a person can do next at a token, as a command to be typed.
#pragma once

#include <string>
#include <string_view>

namespace halligan::fido {

/// "set one with: halligan token pin set --device PATH": for hidraw tokens and cards alike.
std::string set_pin_hint(std::string_view path);
std::string change_pin_hint(std::string_view path);
/// For a token without room.
std::string list_keys_hint(std::string_view path);

}  // namespace halligan::fido
