// What a command is called, takes and does: one declaration, from which come the parser, --help, the OPTIONS
// and SYNOPSIS of the man page and the shell completions.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/result.hpp"

namespace halligan::command {

/// What halligan does in the end. @return the exit status
using Run = std::function<Result<int>()>;

/// An option with a value, a switch without one, or a positional argument.
struct Flag {
  char letter = '\0';    ///< 'I' for -I; none for most
  std::string name{};    ///< "key-id" for --key-id; of an argument the word that names it: "FILE"
  std::string value{};   ///< what stands for the value: "KEY_ID"; empty: a switch
  std::string help{};    ///< one line, lower case, no full stop
  std::string group{};   ///< the heading it is under
  std::string fallback;  ///< the value without it, as it is shown; empty: none is shown
  bool argument = false;
  bool required = false;
  bool repeats = false;  ///< may be given several times
  bool hidden = false;   ///< an old name: works, and only a man page may tell of it
  bool may_be_empty = false;
  bool seen = false;                    ///< on the command line that is parsed
  std::vector<std::string> choices{};   ///< the only values
  std::vector<std::string> excludes{};  ///< names of flags that it does not go with
  std::vector<std::string> needs{};     ///< names of flags without which it means nothing
  std::function<Result<>(const std::string&)> take{};

  /// "--key-id", or the word of an argument.
  std::string shown() const { return argument ? name : "--" + name; }

  Flag& must() { return required = true, *this; }
  Flag& hide() { return hidden = true, *this; }
  Flag& optional() { return required = false, *this; }
  Flag& empty_too() { return may_be_empty = true, *this; }
  Flag& without(std::vector<std::string> names) { return excludes = std::move(names), *this; }
  Flag& with(std::string other) { return needs.push_back(std::move(other)), *this; }
  Flag& one_of(std::vector<std::string> words) { return choices = std::move(words), *this; }
  Flag& shown_default(std::string text) { return fallback = std::move(text), *this; }
};

/// @param text digits alone, without a sign or a leading zero
/// @errors kUsage: "expected a number from LEAST to MOST"
Result<std::uint64_t> parse_number(std::string_view text, std::uint64_t least, std::uint64_t most);

/// The flags of one command, in the order in which they are shown. What is declared is filled in by the
/// parser; it outlives the flags.
class Flags {
 public:
  /// All that follow are under this heading.
  void group(std::string heading) { group_ = std::move(heading); }

  /// @param names "-y,--yes" or "--yes"
  Flag& flag(std::string_view names, bool& into, std::string help);

  /// @param names as a flag's; without a hyphen they are the word of a positional argument
  /// @param into a string, whose value is the default that is shown, an optional one, or a vector of them:
  ///   then it may be given several times, a value each
  template <typename Into>
  Flag& option(std::string_view names, const std::string& value, Into& into, const std::string& help) {
    constexpr bool kRepeats = std::is_same_v<Into, std::vector<std::string>>;
    Flag& flag = add(names, value, help, [&into](const std::string& text) {
      if constexpr (kRepeats) {
        into.push_back(text);
      } else {
        into = text;
      }
      return Result<>{};
    });
    flag.repeats = kRepeats;
    if constexpr (std::is_same_v<Into, std::string>) flag.fallback = into;
    return flag;
  }
  /// Values separated by commas, once or several times. @errors kUsage: an empty one
  Flag& list(std::string_view names, std::string value, std::vector<std::string>& into, std::string help);

  /// @param into an unsigned number or an int that holds `most`, or an optional one
  template <typename Number>
  Flag& number(std::string_view names, const std::string& value, Number& into, std::uint64_t least,
               std::uint64_t most, const std::string& help) {
    return add(names, value, help, [&into, least, most](const std::string& text) -> Result<> {
      HALLIGAN_TRY(const std::uint64_t number, parse_number(text, least, most));
      if constexpr (std::is_arithmetic_v<Number>) {
        into = static_cast<Number>(number);
      } else {
        into = static_cast<typename Number::value_type>(number);
      }
      return {};
    });
  }

  Flag& argument(std::string_view word, std::string& into, const std::string& help) {
    return option(word, {}, into, help).must();
  }
  Flag& arguments(std::string_view word, std::vector<std::string>& into, const std::string& help) {
    return option(word, {}, into, help);
  }

  /// What follows "--" goes there as it is. @param word what stands for it: "SSH_ARGUMENT"
  void rest(std::string word, std::vector<std::string>& into) {
    rest_word_ = std::move(word);
    rest_ = &into;
  }

  /// One that was declared. @param name "key-id"
  Flag& operator[](std::string_view name);

  const std::deque<Flag>& all() const { return flags_; }
  std::deque<Flag>& all() { return flags_; }
  const std::string& rest_word() const { return rest_word_; }
  std::vector<std::string>* rest() const { return rest_; }

 private:
  Flag& add(std::string_view names, std::string value, std::string help,
            std::function<Result<>(const std::string&)> take);

  std::deque<Flag> flags_;
  std::string group_;
  std::string rest_word_;
  std::vector<std::string>* rest_ = nullptr;
};

/// A command, or a group of commands.
struct Command {
  std::string name;
  std::string summary;                  ///< one line, lower case, no full stop
  std::string heading{};                ///< that it is listed under, in the help of the program
  std::string notes{};                  ///< paragraphs below the flags, 80 columns
  std::vector<std::string> examples{};  ///< command lines
  std::vector<Command> commands{};      ///< of a group
  /// In the help of the group: one row, with these words, for neighbours that share them.
  std::string together{};
  /// The exit status of a wrong command line, where 2 means something else.
  std::optional<int> usage_status{};

  struct Body {
    Flags flags;
    Run run;  ///< with what was taken
  };
  std::function<Body()> body{};  ///< of a command that is no group: made only when it is asked for

  bool is_group() const { return !commands.empty(); }
};

/// What the help says below the flags or the commands.
struct More {
  std::string notes{};
  std::vector<std::string> examples{};
};

/// @param declare void(Flags&, Options&): what is typed goes into the options
template <typename Options, typename Declare>
Command make(std::string name, std::string summary, Result<int> (*run)(const Options&), Declare declare,
             More more) {
  const auto body = [run, declare] {
    const auto options = std::make_shared<Options>();
    Command::Body made;
    declare(made.flags, *options);
    made.run = [run, options] { return run(*options); };
    return made;
  };
  Command command{.name = std::move(name), .summary = std::move(summary)};
  command.notes = std::move(more.notes);
  command.examples = std::move(more.examples);
  command.body = body;
  return command;
}

/// @param example a command line
inline Command group(std::string name, std::string summary, std::string example,
                     std::vector<Command> commands) {
  return {std::move(name), std::move(summary), {}, {}, {std::move(example)}, std::move(commands)};
}

/// The program: its name, and all of its commands.
struct Program {
  Command root;  ///< the group of all
  std::string version;
};

/// From the root down to a command: at least the root.
using Path = std::vector<const Command*>;

/// The command that these words name, as far as they do.
Path find(const Command& root, const std::vector<std::string>& words);

/// Every command and group, the root among them, each after the group that it is in.
std::vector<Path> all_paths(const Command& root);

/// "halligan ledger verify".
std::string path_name(const Path& path);

/// What a value is, for those who complete it.
enum class Kind { kText, kFile, kFolder, kHost, kChoice };
Kind kind_of(const Flag& flag);

}  // namespace halligan::command
