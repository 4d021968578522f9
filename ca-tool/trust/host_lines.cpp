#include "trust/host_lines.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace halligan::trust {

std::string_view next_host_line(std::string_view& text) {
  std::string_view line = next_line(text);
  line = line.substr(0, line.find('\0'));
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return line;
}

Result<ssh::PublicKey> authority_on(std::string_view line) {
  while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
  HALLIGAN_TRY(auto parsed, ssh::parse_public_key_line(line));
  return std::move(parsed.key);
}

std::optional<PrincipalLine> principal_on(std::string_view line) {
  line = line.substr(0, line.find('#'));
  while (line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);
  if (line.empty()) return std::nullopt;
  const std::size_t blank = line.find_last_of(" \t");
  if (blank == std::string_view::npos) return PrincipalLine{{}, line};
  return PrincipalLine{line.substr(0, blank), line.substr(blank + 1)};
}

}  // namespace halligan::trust
