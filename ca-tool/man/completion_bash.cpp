// bash: a table of each command's flags, and one function that reads the line with it.
#include "man/completion.hpp"

namespace halligan::pages {
namespace {

using command::Flag;
using command::Kind;

// It needs bash alone, not the package bash-completion.
constexpr std::string_view kBashHead =
    R"(# bash completion of halligan, made from the declarations of its commands
# shellcheck shell=bash disable=SC2086,SC2206

# The words up to the cursor, with what readline splits at = and : put together again.
_halligan_words() {
  local rest=${COMP_LINE:0:COMP_POINT} word trimmed i
  words=()
  for ((i = 0; i <= COMP_CWORD; ++i)); do
    word=${COMP_WORDS[i]}
    trimmed=${rest#"${rest%%[![:space:]]*}"}
    if ((i == COMP_CWORD)); then
      word=$trimmed
    fi
    if ((i > 0)) && [[ $trimmed = "$rest" && -n $rest ]]; then
      words[${#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
    rest=${trimmed#"$word"}
  done
}

# Offer those of the words after $1, a text before each of them, that begin as typed.
_halligan_offer() {
  local before=$1 word reply breaks='' cut=''
  shift
  # readline replaces only what is after the last of these.
  [[ $COMP_WORDBREAKS != *=* ]] || breaks+='='
  [[ $COMP_WORDBREAKS != *:* ]] || breaks+=':'
  [[ -z $breaks ]] || cut=${cur%"${cur##*["$breaks"]}"}
  for word; do
    reply=$before$word
    [[ $reply != "$cur"* ]] || COMPREPLY+=("${reply#"$cut"}")
  done
}

# Complete a value. $1: text before it in the same word; $2: what it is
_halligan_value() {
  case $2 in
    file) compopt -o default ;;
    folder) compopt -o dirnames ;;
    host) local hosts; mapfile -t hosts < <(compgen -A hostname); _halligan_offer "$1" "${hosts[@]}" ;;
    choice:*) local IFS=,; _halligan_offer "$1" ${2#choice:} ;;
  esac
}
)";

constexpr std::string_view kBashTail = R"(
_halligan() {
  local words cur flags arguments commands path='' i last word letters
  local flag fields expects='' given=' ' offers=() rest='' IFS=$' \t\n'
  COMPREPLY=()
  _halligan_words
  last=$((${#words[@]} - 1))
  cur=${words[last]}
  i=1
  if ((last > 1)) && [[ ${words[1]} = help ]]; then i=2; fi
  while _halligan_table "$path"; ((i < last)) && [[ " ${commands[*]} " = *" ${words[i]} "* ]]; do
    path+=${path:+ }${words[i]}
    ((++i))
  done
  if [[ ${words[1]} = help ]] && ((last > 1)); then flags=() arguments=''; fi

  for (( ; i < last; ++i)); do
    word=${words[i]}
    if [[ -n $expects ]]; then
      expects=''
    elif [[ $word = -- ]]; then
      rest=1
      break
    elif [[ $word = --*=* ]]; then
      given+="${word%%=*} "
    elif [[ $word = --* ]]; then
      given+="$word "
      for flag in "${flags[@]}"; do
        fields=($flag)
        [[ ${fields[1]} != "$word" || ${fields[2]} = none ]] || expects=${fields[2]}
      done
    elif [[ $word = -?* ]]; then
      letters=${word#-}
      while [[ -n $letters ]]; do
        for flag in "${flags[@]}"; do
          fields=($flag)
          [[ ${fields[0]} = "-${letters:0:1}" ]] || continue
          given+="${fields[1]} "
          if [[ ${fields[2]} != none ]]; then
            [[ -n ${letters:1} ]] || expects=${fields[2]}
            letters=''
          fi
        done
        letters=${letters:1}
      done
    fi
  done

  if [[ -n $rest ]]; then
    compopt -o default
  elif [[ -n $expects ]]; then
    _halligan_value '' "$expects"
  elif [[ $cur = --*=* ]]; then
    for flag in "${flags[@]}"; do
      fields=($flag)
      [[ ${fields[1]} != "${cur%%=*}" ]] || _halligan_value "${cur%%=*}=" "${fields[2]}"
    done
  elif [[ ${#commands[@]} -gt 0 && $cur != -* ]]; then
    _halligan_offer '' "${commands[@]}"
  elif [[ -z $arguments || $cur = -* ]]; then
    for flag in "${flags[@]}"; do
      fields=($flag)
      [[ ${fields[3]} = once && $given = *" ${fields[1]} "* ]] || offers+=("${fields[@]:0:2}")
    done
    _halligan_offer '' "${offers[@]#.}"
  else
    _halligan_value '' "$arguments"
  fi
}

complete -F _halligan halligan
)";

std::string value_word(const Flag& flag) {
  if (!flag.argument && flag.value.empty()) return "none";
  switch (command::kind_of(flag)) {
    case Kind::kFile:
      return "file";
    case Kind::kFolder:
      return "folder";
    case Kind::kHost:
      return "host";
    case Kind::kText:
      return "text";
    case Kind::kChoice:
      break;
  }
  std::string words = "choice:";
  for (const std::string& each : flag.choices) words += (words.back() == ':' ? "" : ",") + each;
  return words;
}

std::string table_row(const Flag& flag) {
  const std::string letter = flag.letter != '\0' ? std::string("-") + flag.letter : ".";
  return shell_quoted(letter + " " + flag.shown() + " " + value_word(flag) +
                      (flag.repeats ? " again" : " once"));
}

std::string table_entry(const std::vector<const command::Command*>& path) {
  const command::Command& own = *path.back();
  std::string text = "    " + shell_quoted(words_below(path)) + ")\n";
  if (own.is_group()) {
    text += "      commands=(";
    for (const command::Command& each : own.commands)
      text += (&each == own.commands.data() ? "" : " ") + each.name;
    if (path.size() == 1) text += " help";
    text += ")\n";
    if (path.size() == 1) text += "      flags+=('. --version none once')\n";
  } else {
    const command::Command::Body body = own.body();
    std::string arguments;
    text += "      flags+=(";
    const char* between = "";
    for (const Flag& flag : body.flags.all()) {
      if (flag.hidden) continue;
      if (flag.argument) {
        if (arguments.empty()) arguments = value_word(flag);
        continue;
      }
      text += between + table_row(flag);
      between = "\n        ";
    }
    text += ")\n";
    if (!arguments.empty()) text += "      arguments=" + shell_quoted(arguments) + "\n";
  }
  return text + "      ;;\n";
}

}  // namespace

std::string bash_completion(const command::Program& program) {
  std::string text(kBashHead);
  text += R"(
# What a command takes: the commands below it; its flags, each with its letter, its name, what its value is and
# whether it may be given again; what its arguments are.
_halligan_table() {
  commands=() arguments=''
  flags=('-h --help none once')
  case $1 in
)";
  for (const auto& path : command::all_paths(program.root)) text += table_entry(path);
  return text.append("  esac\n}\n").append(kBashTail);
}

}  // namespace halligan::pages
