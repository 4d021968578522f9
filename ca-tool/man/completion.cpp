#include "man/completion.hpp"

namespace halligan::pages {

std::string shell_quoted(std::string_view text, std::string_view quote_inside) {
  std::string quoted = "'";
  for (const char each : text) quoted += each == '\'' ? std::string(quote_inside) : std::string(1, each);
  return quoted + "'";
}

std::string words_below(const std::vector<const command::Command*>& path, std::string_view between) {
  std::string words;
  for (std::size_t i = 1; i < path.size(); ++i) {
    if (i > 1) words += between;
    words += path[i]->name;
  }
  return words;
}

}  // namespace halligan::pages
