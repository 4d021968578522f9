#include "man/completion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

namespace halligan::pages {
namespace {

using command::Command;
using command::Flag;
using command::Kind;
using command::Path;

std::string replaced(std::string_view text, char what, std::string_view with) {
  std::string out;
  for (const char each : text) each == what ? out += with : out += each;
  return out;
}

std::string quoted(std::string_view text) { return "'" + replaced(text, '\'', "'\\''") + "'"; }

// "ledger verify": the names from the root down, without the program's.
std::string words_below(const Path& path, std::string_view between = " ") {
  std::string words;
  for (std::size_t i = 1; i < path.size(); ++i) words.append(i > 1 ? between : "").append(path[i]->name);
  return words;
}

// "-I", or nothing.
std::string letter_of(const Flag& flag, std::string_view before = "-") {
  return flag.letter != '\0' ? fmt::format("{}{}", before, flag.letter) : "";
}

// What a shell calls the kind of a value. @param words in the order of Kind; choice: before and after the
// choices
std::string kind_word(const Flag& flag, const std::array<const char*, 4>& words,
                      const std::array<const char*, 3>& choice) {
  const Kind kind = command::kind_of(flag);
  if (kind != Kind::kChoice) return words[static_cast<std::size_t>(kind)];
  return fmt::format("{}{}{}", choice[0], fmt::join(flag.choices, choice[1]), choice[2]);
}

std::string bash_value(const Flag& flag) {
  if (!flag.argument && flag.value.empty()) return "none";
  return kind_word(flag, {"text", "file", "folder", "host"}, {"choice:", ",", ""});
}

// An entry of the table in which _halligan looks up what a command takes.
std::string bash_entry(const Path& path) {
  const Command& own = *path.back();
  std::vector<std::string> rows;
  std::string arguments;
  if (own.is_group()) {
    for (const Command& each : own.commands) rows.push_back(each.name);
    return fmt::format("    {})\n      commands=({})\n      ;;\n", quoted(words_below(path)),
                       fmt::join(rows, " "));
  }
  const Command::Body body = own.body();
  for (const Flag& flag : body.flags.all()) {
    if (flag.hidden) continue;
    if (flag.argument) {
      if (arguments.empty()) arguments = "      arguments=" + quoted(bash_value(flag)) + "\n";
      continue;
    }
    rows.push_back(quoted(fmt::format("{} {} {} {}", flag.letter != '\0' ? letter_of(flag) : ".",
                                      flag.shown(), bash_value(flag), flag.repeats ? "again" : "once")));
  }
  return fmt::format("    {})\n      flags+=({})\n{}      ;;\n", quoted(words_below(path)),
                     fmt::join(rows, "\n        "), arguments);
}

// Text in a specification of _arguments, where some characters have a meaning.
std::string escaped(std::string text) {
  for (const char* special : {"\\", ":", "[", "]"}) {
    text = replaced(text, special[0], std::string("\\") + special);
  }
  return text;
}

// ":FILE:_files"
std::string zsh_value(const Flag& flag) {
  if (!flag.argument && flag.value.empty()) return {};
  return ":" + escaped(flag.argument ? flag.name : flag.value) + ":" +
         kind_word(flag, {" ", "_files", "_files -/", "_hosts"}, {"(", " ", ")"});
}

std::string zsh_flag(const Flag& flag, command::Flags& flags) {
  std::vector<std::string> excluded;
  const auto exclude = [&](const Flag& each) {
    if (each.letter != '\0') excluded.push_back(letter_of(each));
    excluded.push_back(each.shown());
  };
  if (!flag.repeats) exclude(flag);
  for (const std::string& other : flag.excludes) exclude(flags[other]);
  const std::string before =
      (excluded.empty() ? "" : fmt::format("({})", fmt::join(excluded, " "))) + (flag.repeats ? "*" : "");
  const bool takes = !flag.value.empty();
  const std::string after = "[" + escaped(flag.help) + "]" + zsh_value(flag);
  std::string text;
  if (flag.letter != '\0')
    text = "    " + quoted(before + letter_of(flag) + (takes ? "+" : "") + after) + " \\\n";
  return text + "    " + quoted(before + flag.shown() + (takes ? "=" : "") + after) + " \\\n";
}

std::string zsh_function(const Path& path) {
  const Command& own = *path.back();
  const std::string name = "_halligan" + std::string(path.size() > 1 ? "_" : "") + words_below(path, "_");
  std::string text;
  if (own.is_group()) {
    for (const Command& each : own.commands) text += " \\\n    " + quoted(each.name + ":" + each.summary);
    return fmt::format("{}() {{\n  __halligan_group {}{}\n}}\n", name, name, text);
  }
  Command::Body body = own.body();
  std::string arguments;
  for (const Flag& flag : body.flags.all()) {
    if (flag.hidden) continue;
    if (flag.argument) {
      arguments += "    " + quoted((flag.repeats ? "*" : "") + zsh_value(flag)) + " \\\n";
    } else {
      text += zsh_flag(flag, body.flags);
    }
  }
  return fmt::format("{}() {{\n  _arguments -s -S : \\\n{}{}    '(- *)'{{-h,--help}}'[show help]'\n}}\n",
                     name, text, arguments);
}

std::string fish_quoted(std::string_view text) {
  return "'" + replaced(replaced(text, '\\', "\\\\"), '\'', "\\'") + "'";
}

std::string fish_value(const Flag& flag) {
  if (!flag.argument && flag.value.empty()) return {};
  return kind_word(flag,
                   {" -x", " -r -F", " -x -a '(__halligan_folders)'", " -x -a '(__fish_print_hostnames)'"},
                   {" -x -a '", " ", "'"});
}

std::string fish_flag(const Flag& flag, const std::string& words) {
  std::string condition = "__halligan_in " + words;
  if (!flag.repeats) {
    condition = fmt::format("__halligan_without {} {} {} {}", flag.value.empty() ? "switch" : "value",
                            flag.letter != '\0' ? letter_of(flag, "") : "\"\"", flag.name, words);
  }
  return fmt::format("complete -c halligan -n {}{} -l {}{} -d {}\n", fish_quoted(condition),
                     letter_of(flag, " -s "), flag.name, fish_value(flag), fish_quoted(flag.help));
}

// A line for each command and each flag, with the condition under which it is offered.
std::string fish_lines(const Path& path) {
  const std::string words = words_below(path);
  std::string text;
  for (const Command& each : path.back()->commands) {
    text += fmt::format("complete -c halligan -n '__halligan_at{}{}' -a {} -d {}\n", words.empty() ? "" : " ",
                        words, each.name, fish_quoted(each.summary));
  }
  if (path.back()->is_group()) return text;
  const Command::Body body = path.back()->body();
  std::string arguments;
  for (const Flag& flag : body.flags.all()) {
    if (flag.hidden) continue;
    if (!flag.argument) text += fish_flag(flag, words);
    // What is offered where an argument may be: the first kind of a command's.
    if (flag.argument && arguments.empty() && command::kind_of(flag) != Kind::kText) {
      const std::string values = command::kind_of(flag) == Kind::kFile ? " -F" : fish_value(flag);
      arguments = "complete -c halligan -n " + fish_quoted("__halligan_in " + words) + values + "\n";
    }
  }
  return text + arguments;
}

std::string completion(const command::Program& program, std::string (*part)(const Path&),
                       std::string_view between) {
  std::string text;
  for (const Path& path : command::all_paths(program.root)) {
    text.append(text.empty() ? "" : between).append(part(path));
  }
  return text;
}

}  // namespace

std::string bash_completion(const command::Program& program) { return completion(program, bash_entry, ""); }
std::string zsh_completion(const command::Program& program) {
  return completion(program, zsh_function, "\n");
}
std::string fish_completion(const command::Program& program) { return completion(program, fish_lines, "\n"); }

}  // namespace halligan::pages
