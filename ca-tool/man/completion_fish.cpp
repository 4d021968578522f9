// fish: a line for each command and each flag, with the condition under which it is offered.
#include "man/completion.hpp"

namespace halligan::pages {
namespace {

using command::Flag;
using command::Kind;

constexpr std::string_view kFishHead =
    R"(# fish completion of halligan, made from the declarations of its commands

# The words before the cursor, without the program and a `help` in front.
function __halligan_words
    set -l words (commandline -opc)
    set -e words[1]
    if test "$words[1]" = help
        set -e words[1]
    end
    string join -- \n $words
end

# Are these words all there is?
function __halligan_at
    set -l words (__halligan_words)
    test "$words" = "$argv"
end

# Does the line begin with the command of these words, without `help` in front?
function __halligan_in
    set -l words (commandline -opc)
    set -e words[1]
    test "$words[1..$(count $argv)]" = "$argv"
end

# In the command of these words, is the flag not there yet? $argv[1]: value if it takes one, which may be typed now;
# $argv[2]: its letter, or nothing; $argv[3]: its name
function __halligan_without
    __halligan_in $argv[4..]; or return 1
    set -l words (__halligan_words)
    if test $argv[1] = value; and contains -- "$words[-1]" --$argv[3] -$argv[2]
        set -e words[-1]
    end
    for word in $words
        switch $word
            case --$argv[3] "--$argv[3]=*"
                return 1
            case "-$argv[2]*"
                test -z "$argv[2]"; or return 1
        end
    end
    return 0
end

# The folders, where the value may be behind an = in its word.
function __halligan_folders
    __fish_complete_directories (commandline -ct | string replace -r -- '^--[^=]*=' '')
end

complete -c halligan -f
complete -c halligan -n '__halligan_at' -l version -d 'show the version'
complete -c halligan -n '__halligan_at' -a help -d 'show the help of a command'
complete -c halligan -s h -l help -d 'show help'
)";

std::string fish_quoted(std::string_view text) {
  std::string escaped;
  for (const char each : text) escaped += each == '\\' ? std::string("\\\\") : std::string(1, each);
  return shell_quoted(escaped, "\\'");
}

std::string value_words(const Flag& flag) {
  switch (command::kind_of(flag)) {
    case Kind::kFile:
      return " -r -F";
    case Kind::kFolder:
      return " -x -a '(__halligan_folders)'";
    case Kind::kHost:
      return " -x -a '(__fish_print_hostnames)'";
    case Kind::kText:
      return " -x";
    case Kind::kChoice:
      break;
  }
  std::string words;
  for (const std::string& each : flag.choices) words += (words.empty() ? "" : " ") + each;
  return " -x -a " + fish_quoted(words);
}

std::string flag_line(const Flag& flag, const std::string& words) {
  std::string condition = "__halligan_in " + words;
  if (!flag.repeats) {
    const std::string letter = flag.letter != '\0' ? std::string(1, flag.letter) : "\"\"";
    condition = std::string("__halligan_without ") + (flag.value.empty() ? "switch " : "value ") + letter +
                " " + flag.name + " " + words;
  }
  std::string line = "complete -c halligan -n " + fish_quoted(condition);
  if (flag.letter != '\0') line += std::string(" -s ") + flag.letter;
  line += " -l " + flag.name;
  if (!flag.value.empty()) line += value_words(flag);
  return line + " -d " + fish_quoted(flag.help) + "\n";
}

// What is offered where an argument may be: the first kind of a command's.
std::string argument_line(const Flag& flag, const std::string& words) {
  const Kind kind = command::kind_of(flag);
  if (kind == Kind::kText) return {};
  const std::string values = kind == Kind::kFile ? " -F" : value_words(flag);
  return "complete -c halligan -n " + fish_quoted("__halligan_in " + words) + values + "\n";
}

}  // namespace

std::string fish_completion(const command::Program& program) {
  std::string text(kFishHead);
  for (const auto& path : command::all_paths(program.root)) {
    const std::string words = words_below(path);
    text += "\n";
    if (path.back()->is_group()) {
      for (const command::Command& each : path.back()->commands) {
        const std::string condition = "__halligan_at" + (words.empty() ? "" : " " + words);
        text += "complete -c halligan -n " + fish_quoted(condition) + " -a " + each.name + " -d " +
                fish_quoted(each.summary) + "\n";
      }
      continue;
    }
    const command::Command::Body body = path.back()->body();
    std::string arguments;
    for (const Flag& flag : body.flags.all()) {
      if (flag.hidden) continue;
      if (!flag.argument) text += flag_line(flag, words);
      if (flag.argument && arguments.empty()) arguments = argument_line(flag, words);
    }
    text += arguments;
  }
  return text;
}

}  // namespace halligan::pages
