#include "token/report.hpp"

#include <fmt/format.h>

namespace halligan::token {

std::string tries_words(std::uint64_t tries) {
  return tries == 1 ? std::string("1 try left") : fmt::format("{} tries left", tries);
}

std::string resident_words(std::uint64_t count) {
  return count == 1 ? std::string("1 resident key") : fmt::format("{} resident keys", count);
}

}  // namespace halligan::token
