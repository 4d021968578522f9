#include "fido/hint.hpp"

#include "base/codec.hpp"

namespace halligan::fido {
namespace {

std::string token_command(std::string_view words, std::string_view path) {
  return "halligan token " + std::string(words) + " --device " + shell_word(path);
}

}  // namespace

std::string set_pin_hint(std::string_view path) { return "set one with: " + token_command("pin set", path); }

std::string change_pin_hint(std::string_view path) {
  return "change it with: " + token_command("pin change", path);
}

std::string list_keys_hint(std::string_view path) {
  return "list its keys with: " + token_command("keys list", path);
}

}  // namespace halligan::fido
