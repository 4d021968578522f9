#include "command/declaration.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/codec.hpp"
#include "base/text.hpp"

namespace halligan::command {

Result<std::uint64_t> parse_number(std::string_view text, std::uint64_t least, std::uint64_t most) {
  const auto number = whole_number<std::uint64_t>(text);
  const bool padded = text.size() > 1 && text.front() == '0';
  if (number && !padded && *number >= least && *number <= most) return *number;
  return fail(Code::kUsage, "expected a number from " + std::to_string(least) + " to " +
                                std::to_string(most) + ", not \"" + printable(text) + "\"");
}

Flag& Flags::add(std::string_view names, std::string value, std::string help,
                 std::function<Result<>(const std::string&)> take) {
  Flag flag;
  flag.argument = !names.starts_with('-');
  if (names.size() > 1 && names[0] == '-' && names[1] != '-') {
    flag.letter = names[1];
    names.remove_prefix(std::min<std::size_t>(3, names.size()));  // "-I,"
  }
  if (names.starts_with("--")) names.remove_prefix(2);
  flag.name = names;
  flag.value = std::move(value);
  flag.help = std::move(help);
  flag.group = group_;
  flag.take = std::move(take);
  return flags_.emplace_back(std::move(flag));
}

Flag& Flags::flag(std::string_view names, bool& into, std::string help) {
  return add(names, {}, std::move(help), [&into](const std::string&) {
    into = true;
    return Result<>{};
  });
}

Flag& Flags::list(std::string_view names, std::string value, std::vector<std::string>& into,
                  std::string help) {
  Flag& flag = add(names, std::move(value), std::move(help), [&into](const std::string& text) -> Result<> {
    for (std::size_t begin = 0; begin <= text.size();) {
      const std::size_t end = std::min(text.find(',', begin), text.size());
      if (end == begin) return fail(Code::kUsage, "an empty name in \"" + printable(text) + "\"");
      into.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
    return {};
  });
  flag.repeats = true;
  return flag;
}

Flag& Flags::operator[](std::string_view name) {
  const auto found =
      std::find_if(flags_.begin(), flags_.end(), [&](const Flag& flag) { return flag.name == name; });
  if (found == flags_.end()) throw std::logic_error("no flag " + std::string(name) + " is declared");
  return *found;
}

Path find(const Command& root, const std::vector<std::string>& words) {
  Path path{&root};
  for (const std::string& word : words) {
    const auto& below = path.back()->commands;
    const auto found =
        std::find_if(below.begin(), below.end(), [&](const Command& each) { return each.name == word; });
    if (found == below.end()) break;
    path.push_back(&*found);
  }
  return path;
}

std::vector<Path> all_paths(const Command& root) {
  std::vector<Path> paths{{&root}};
  for (const Command& each : root.commands) {
    for (Path& below : all_paths(each)) {
      below.insert(below.begin(), &root);
      paths.push_back(std::move(below));
    }
  }
  return paths;
}

std::string path_name(const Path& path) {
  std::string name;
  for (const Command* each : path) name += (name.empty() ? "" : " ") + each->name;
  return name;
}

Kind kind_of(const Flag& flag) {
  if (!flag.choices.empty()) return Kind::kChoice;
  const std::string_view word = flag.argument ? flag.name : flag.value;
  for (const std::string_view file : {"FILE", "FILE.pub", "KEY.pub", "KRL", "LOG", "PATH", "RECIPIENT"}) {
    if (word == file) return Kind::kFile;
  }
  if (word == "DIR") return Kind::kFolder;
  return word.starts_with("HOST") ? Kind::kHost : Kind::kText;
}

}  // namespace halligan::command
