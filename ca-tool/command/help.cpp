#include "command/help.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <sstream>

namespace halligan::command {
namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kHelpColumn = 28;
constexpr std::size_t kCommandColumn = 20;

// The words, none of them divided, in lines that begin at `column` and end before kColumns.
std::string wrapped(const std::vector<std::string>& words, std::size_t column, std::size_t begin) {
  std::string out;
  std::size_t used = begin;
  for (const std::string& word : words) {
    if (used > begin && used + 1 + word.size() > kColumns) {
      out.append(1, '\n').append(column, ' ');
      used = begin = column;
    }
    if (used > begin) out += ' ', ++used;
    out += word;
    used += word.size();
  }
  return out;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream words(text);
  return {std::istream_iterator<std::string>(words), {}};
}

// A name and then what it is, on the next line where there is no room.
std::string row(std::string name, const std::vector<std::string>& words, std::size_t column) {
  name.insert(0, "  ");
  if (name.size() + 2 > column) {
    name.append(1, '\n').append(column, ' ');
  } else {
    name.append(column - name.size(), ' ');
  }
  return name + wrapped(words, column, column) + "\n";
}

std::string names_of(const Flag& flag) {
  if (flag.argument) return flag.name;
  std::string names = flag.letter != '\0' ? std::string("-") + flag.letter + ", " : "    ";
  names += flag.shown();
  return flag.value.empty() ? names : names + " " + flag.value;
}

std::string usage(const Path& path, const Flags& flags) {
  std::vector<std::string> words{path_name(path)};
  for (const Flag& flag : flags.all()) {
    if (!flag.required || flag.argument) continue;
    const std::string name = flag.letter != '\0' ? std::string("-") + flag.letter : flag.shown();
    words.push_back(name + " " + flag.value);
  }
  words.emplace_back("[OPTION...]");
  for (const Flag& flag : flags.all()) {
    if (!flag.argument || flag.hidden) continue;
    const std::string word = flag.name + (flag.repeats ? "..." : "");
    words.push_back(flag.required ? word : "[" + word + "]");
  }
  if (!flags.rest_word().empty()) words.push_back("[-- " + flags.rest_word() + "...]");
  constexpr std::string_view kUsage = "Usage: ";
  return std::string(kUsage) + wrapped(words, kUsage.size() + 2, kUsage.size()) + "\n";
}

// Its help; whether it must be there, and its default, each of which stays on one line.
std::vector<std::string> flag_words(const Flag& flag) {
  std::vector<std::string> words = words_of(flag.help);
  if (flag.required && !flag.argument) words.emplace_back("(required)");
  if (!flag.fallback.empty()) words.push_back("(default: " + flag.fallback + ")");
  return words;
}

std::string flag_rows(const Flags& flags) {
  std::string text;
  std::string heading;
  for (const Flag& flag : flags.all()) {
    if (flag.hidden) continue;
    const std::string own = flag.argument ? "Arguments" : flag.group.empty() ? "Options" : flag.group;
    if (own != heading) text += "\n" + own + ":\n";
    heading = own;
    text += row(names_of(flag), flag_words(flag), kHelpColumn);
  }
  return text;
}

std::string command_rows(const Command& group) {
  std::string text;
  std::string heading;
  for (auto each = group.commands.begin(); each != group.commands.end(); ++each) {
    const std::string own = each->heading.empty() ? "Commands" : each->heading;
    if (own != heading) text += "\n" + own + ":\n";
    heading = own;
    if (each->together.empty()) {
      text += row(each->name, words_of(each->summary), kCommandColumn);
      continue;
    }
    std::string names = each->name;
    for (; each + 1 != group.commands.end() && (each + 1)->together == each->together; ++each)
      names += ", " + (each + 1)->name;
    text += names.size() + 4 <= kCommandColumn ? row(names, words_of(each->together), kCommandColumn)
                                               : "  " + names + "  " + each->together + "\n";
  }
  return text;
}

}  // namespace

std::string sentence(const std::string& words) {
  std::string text = words + ".";
  text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

std::string listed(const std::vector<std::string>& words, const std::string& before) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += before + words[i];
  }
  return text;
}

std::string help_text(const Path& path) {
  const Command& command = *path.back();
  std::string text = sentence(command.summary) + "\n\n";
  if (command.is_group()) {
    text += "Usage: " + path_name(path) + " COMMAND [OPTION...]\n" + command_rows(command);
  } else {
    const Command::Body body = command.body();
    text += usage(path, body.flags) + flag_rows(body.flags);
  }
  if (!command.notes.empty()) text += "\n" + command.notes + "\n";
  if (!command.examples.empty()) text += "\nExamples:\n";
  for (const std::string& example : command.examples) text += "  " + example + "\n";
  return text;
}

}  // namespace halligan::command
