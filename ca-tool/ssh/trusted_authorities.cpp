#include "ssh/trusted_authorities.hpp"

#include <algorithm>

#include "ssh/text_line.hpp"

namespace halligan::ssh {
namespace {

constexpr std::uint16_t kDefaultSshPort = 22;

bool is_key_type(std::string_view word) { return key_type(word).has_value(); }

// Options of authorized_keys, which end at a blank outside quotes. @return whether cert-authority is among
// them
bool take_options(std::string_view& line) {
  bool quoted = false;
  bool found = false;
  std::size_t begin = 0;
  std::size_t i = 0;
  for (;; ++i) {
    const char c = i < line.size() ? line[i] : ' ';
    if (c == '"') quoted = !quoted;
    if (quoted && i < line.size() && c == '\\') ++i;
    if (i < line.size() && (quoted || (c != ',' && c != ' ' && c != '\t'))) continue;
    found = found || line.substr(begin, i - begin) == "cert-authority";
    begin = i + 1;
    if (c != ',') break;
  }
  line.remove_prefix(std::min(i, line.size()));
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return found;
}

Result<> read_trusted_line(std::string_view line, std::size_t number, std::vector<TrustedAuthority>& out,
                           std::vector<std::size_t>* skipped) {
  std::string_view rest = line;
  const std::string_view first = next_word(rest);
  if (first == "@revoked") return {};
  std::string_view hosts;
  std::string_view options = line;
  if (first == "@cert-authority") {
    hosts = next_word(rest);
  } else if (take_options(options)) {
    rest = options;
  } else {
    std::string_view after = rest;
    if (!is_key_type(first) && is_key_type(next_word(after))) return {};  // a host and its key
    rest = line;
  }
  if (is_unknown_key_line(rest)) {
    if (skipped != nullptr) skipped->push_back(number);
    return {};
  }
  HALLIGAN_TRY(PublicKeyLine parsed, parse_public_key_line(rest));
  out.push_back({std::move(parsed.key), std::move(parsed.comment), number, std::string(hosts)});
  return {};
}

char lowered(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// With * and ?, letters of either case alike.
bool matches_pattern(std::string_view pattern, std::string_view name) {
  // On a mismatch the last star takes one more; stars before it need no second try.
  std::size_t at = 0;
  std::size_t i = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_at = 0;
  while (at < name.size()) {
    if (i < pattern.size() && pattern[i] == '*') {
      star = i++;
      star_at = at;
    } else if (i < pattern.size() && (pattern[i] == '?' || lowered(pattern[i]) == lowered(name[at]))) {
      ++i;
      ++at;
    } else if (star != std::string_view::npos) {
      i = star + 1;
      at = ++star_at;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', i) == std::string_view::npos;
}

bool matches_patterns(std::string_view patterns, std::string_view name) {
  bool found = false;
  while (!patterns.empty()) {
    std::string_view pattern = patterns.substr(0, patterns.find(','));
    patterns.remove_prefix(std::min(pattern.size() + 1, patterns.size()));
    const bool negated = pattern.starts_with('!');
    if (negated) pattern.remove_prefix(1);
    if (pattern.empty()) continue;
    const bool matched = matches_pattern(pattern, name);
    if (matched && negated) return false;
    found = found || matched;
  }
  return found;
}

}  // namespace

Result<std::vector<TrustedAuthority>> parse_authorities(std::string_view text,
                                                        std::vector<std::size_t>* skipped) {
  std::vector<TrustedAuthority> out;
  HALLIGAN_CHECK(each_line(text, [&](std::string_view line, std::size_t number) {
    return read_trusted_line(line, number, out, skipped);
  }));
  if (out.empty()) return fail(Code::kBadInput, "contains no CA");
  return out;
}

bool matches_host(std::string_view patterns, std::string_view host, std::uint16_t port) {
  if (matches_patterns(patterns, host)) return true;
  const std::string with_port = "[" + std::string(host) + "]:" + std::to_string(port);
  return port != kDefaultSshPort && matches_patterns(patterns, with_port);
}

}  // namespace halligan::ssh
