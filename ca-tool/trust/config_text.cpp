#include "trust/config_text.hpp"

#include <fnmatch.h>

#include <algorithm>

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

}  // namespace halligan::trust
