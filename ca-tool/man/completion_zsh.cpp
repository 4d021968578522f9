// zsh: a function for each command, in the terms of _arguments.
#include "man/completion.hpp"

namespace halligan::pages {
namespace {

using command::Flag;
using command::Kind;

// Text in a specification of _arguments, where some characters have a meaning.
std::string with_backslashes(std::string_view text, std::string_view special) {
  std::string out;
  for (const char each : text) {
    if (special.find(each) != std::string_view::npos) out += '\\';
    out += each;
  }
  return out;
}

std::string function_name(const std::vector<const command::Command*>& path) {
  std::string name = "_halligan";
  for (std::size_t i = 1; i < path.size(); ++i) name += "_" + path[i]->name;
  return name;
}

// ":FILE:_files"
std::string value_spec(const Flag& flag) {
  const std::string word = with_backslashes(flag.argument ? flag.name : flag.value, ":\\[]");
  switch (command::kind_of(flag)) {
    case Kind::kFile:
      return ":" + word + ":_files";
    case Kind::kFolder:
      return ":" + word + ":_files -/";
    case Kind::kHost:
      return ":" + word + ":_hosts";
    case Kind::kText:
      return ":" + word + ": ";
    case Kind::kChoice:
      break;
  }
  std::string words;
  for (const std::string& each : flag.choices) words += (words.empty() ? "" : " ") + each;
  return ":" + word + ":(" + words + ")";
}

std::string flag_specs(const Flag& flag, const command::Flags& flags) {
  const std::string letter = flag.letter != '\0' ? std::string("-") + flag.letter : "";
  std::string excluded = flag.repeats ? "" : letter + (letter.empty() ? "" : " ") + flag.shown();
  for (const std::string& other : flag.excludes) {
    for (const Flag& each : flags.all()) {
      if (each.name != other) continue;
      if (each.letter != '\0') excluded += std::string(" -") + each.letter;
      excluded += " " + each.shown();
    }
  }
  if (excluded.starts_with(' ')) excluded.erase(0, 1);
  const std::string before =
      (excluded.empty() ? "" : "(" + excluded + ")") + std::string(flag.repeats ? "*" : "");
  const bool takes = !flag.value.empty();
  const std::string after =
      "[" + with_backslashes(flag.help, ":\\[]") + "]" + (takes ? value_spec(flag) : std::string());
  std::string text;
  if (!letter.empty()) text += "    " + shell_quoted(before + letter + (takes ? "+" : "") + after) + " \\\n";
  return text + "    " + shell_quoted(before + flag.shown() + (takes ? "=" : "") + after) + " \\\n";
}

std::string command_function(const std::vector<const command::Command*>& path) {
  const command::Command::Body body = path.back()->body();
  std::string text = "\n" + function_name(path) + "() {\n  _arguments -s -S : \\\n";
  std::string arguments;
  for (const Flag& flag : body.flags.all()) {
    if (flag.hidden) continue;
    if (flag.argument) {
      arguments += "    " + shell_quoted((flag.repeats ? "*" : "") + value_spec(flag)) + " \\\n";
    } else {
      text += flag_specs(flag, body.flags);
    }
  }
  return text + arguments + "    '(- *)'{-h,--help}'[show help]'\n}\n";
}

std::string group_function(const std::vector<const command::Command*>& path) {
  const command::Command& own = *path.back();
  const bool root = path.size() == 1;
  std::string text = "\n" + function_name(path) + "() {\n" +
                     "  local curcontext=$curcontext context state state_descr line ret=1\n" +
                     "  local -A opt_args\n  local -a commands=(\n";
  std::string cases;
  for (const command::Command& each : own.commands) {
    text += "    " + shell_quoted(with_backslashes(each.name, ":") + ":" + each.summary) + "\n";
    auto below = path;
    below.push_back(&each);
    cases += "        " + each.name + ") " + function_name(below) + " && ret=0 ;;\n";
  }
  if (root) {
    text += "    'help:show the help of a command'\n";
    cases += "        help) _halligan && ret=0 ;;\n";
  }
  text += "  )\n  _arguments -C '(- *)'{-h,--help}'[show help]' \\\n";
  if (root) text += "    '(- *)--version[show the version]' \\\n";
  text += "    '1: :->command' '*:: :->words' && ret=0\n  case $state in\n";
  text += "    command) _describe -t commands 'halligan command' commands && ret=0 ;;\n";
  text += "    words)\n      case $words[1] in\n" + cases + "      esac ;;\n  esac\n  return ret\n}\n";
  return text;
}

}  // namespace

std::string zsh_completion(const command::Program& program) {
  std::string text =
      "#compdef halligan\n# zsh completion of halligan, made from the declarations of its commands\n";
  for (const auto& path : command::all_paths(program.root)) {
    text += path.back()->is_group() ? group_function(path) : command_function(path);
  }
  // Read by autoload this file is the body of the function; sourced, it only defines.
  return text +
         "\nif [[ $funcstack[1] = _halligan ]]; then\n  _halligan \"$@\"\nelse\n  compdef _halligan "
         "halligan\nfi\n";
}

}  // namespace halligan::pages
