#include "trust/config_text.hpp"

#include <arpa/inet.h>
#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.hpp"

namespace halligan::trust {
namespace {

constexpr int kDeepest = 16;
constexpr std::size_t kMostDirectives = 100000;
constexpr std::string_view kBlanks = " \t\r\n\f";

// Words, of which quotes hold blanks; "keyword=value" is two of them. A # begins a comment.
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> out;
  std::size_t i = 0;
  while (true) {
    while (i < line.size() &&
           (kBlanks.find(line[i]) != std::string_view::npos || (out.size() == 1 && line[i] == '=')))
      ++i;
    if (i == line.size() || line[i] == '#') return out;
    std::string word;
    bool quoted = false;
    for (; i < line.size(); ++i) {
      const char c = line[i];
      if (c == '"') {
        quoted = !quoted;
        continue;
      }
      if (!quoted && (kBlanks.find(c) != std::string_view::npos || (out.empty() && c == '='))) break;
      word += c;
    }
    out.push_back(std::move(word));
  }
}

struct Address {
  std::array<std::uint8_t, 16> bytes{};
  unsigned bits = 0;
};

std::optional<Address> parse_address(std::string_view text) {
  Address out;
  const std::string copy(text);
  if (::inet_pton(AF_INET, copy.c_str(), out.bytes.data()) == 1) return out.bits = 32, out;
  if (::inet_pton(AF_INET6, copy.c_str(), out.bytes.data()) == 1) return out.bits = 128, out;
  return std::nullopt;
}

bool within(const Address& address, const Address& network, unsigned bits) {
  if (address.bits != network.bits || bits > network.bits) return false;
  for (unsigned i = 0; i < bits; ++i) {
    if (((address.bytes[i / 8] ^ network.bytes[i / 8]) >> (7 - i % 8) & 1) != 0) return false;
  }
  return true;
}

bool matches_one(std::string_view text, const std::optional<Address>& address, std::string_view pattern) {
  const std::size_t slash = pattern.find('/');
  const auto network = parse_address(pattern.substr(0, slash));
  if (network && address) {
    const auto bits = slash == std::string_view::npos ? std::optional(network->bits)
                                                      : whole_number<unsigned>(pattern.substr(slash + 1));
    return bits && within(*address, *network, *bits);
  }
  return matches(pattern, text);
}

template <typename One>
int match_each(std::string_view list, One one) {
  int out = 0;
  while (!list.empty()) {
    std::string_view each = list.substr(0, list.find(','));
    list.remove_prefix(std::min(each.size() + 1, list.size()));
    const bool negated = each.starts_with('!');
    if (negated) each.remove_prefix(1);
    if (!one(each)) continue;
    if (negated) return -1;
    out = 1;
  }
  return out;
}

class Walk {
 public:
  explicit Walk(const Facts& facts) : facts_(facts) {}

  void file(const std::string& path, int depth, bool in_match) {
    const HostFile* const file = facts_.file(path);
    if (file == nullptr || depth > kDeepest) return;
    std::string_view text = file->text;
    for (std::size_t number = 1; !text.empty(); ++number) {
      std::vector<std::string> words = words_of(next_line(text));
      if (words.empty() || out.size() >= kMostDirectives) continue;
      Directive each{path, number, std::move(words.front()), {}, in_match};
      words.erase(words.begin());
      for (char& c : each.keyword) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
      each.arguments = std::move(words);
      if (each.keyword == "match") in_match = true;
      const bool include = each.keyword == "include";
      out.push_back(each);
      if (!include) continue;
      for (std::string pattern : each.arguments) {
        if (!pattern.starts_with('/')) pattern = "/etc/ssh/" + pattern;
        for (const std::string& name : matching(pattern)) this->file(name, depth + 1, in_match);
      }
    }
  }

  std::vector<Directive> out;

 private:
  std::vector<std::string> matching(const std::string& pattern) const {
    std::vector<std::string> names;
    for (const HostFile& each : facts_.files) {
      if (each.regular && ::fnmatch(pattern.c_str(), each.path.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0)
        names.push_back(each.path);
    }
    std::ranges::sort(names);
    return names;
  }

  const Facts& facts_;
};

}  // namespace

std::vector<Directive> read_config(const Facts& facts) {
  Walk walk(facts);
  walk.file(facts.config, 0, false);
  return std::move(walk.out);
}

bool matches(std::string_view pattern, std::string_view name) {
  return ::fnmatch(std::string(pattern).c_str(), std::string(name).c_str(), 0) == 0;
}

int match_list(std::string_view text, std::string_view list) {
  return match_each(list, [&](std::string_view each) { return matches(each, text); });
}

int match_addresses(std::string_view address, std::string_view list) {
  const auto parsed = parse_address(address);
  return match_each(list, [&](std::string_view each) { return matches_one(address, parsed, each); });
}

bool is_address(std::string_view text) { return parse_address(text).has_value(); }

}  // namespace halligan::trust
