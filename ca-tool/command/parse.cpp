#include "command/parse.hpp"

#include <getopt.h>

#include <algorithm>

#include "base/codec.hpp"
#include "command/help.hpp"
#include "command/nearest.hpp"

namespace halligan::command {
namespace {

using Path = std::vector<const Command*>;

constexpr int kFirstLong = 256;  // what getopt_long gives back for the first flag, above every letter
constexpr int kHelp = 'h';

std::string quoted(std::string_view word) { return "\"" + printable(word) + "\""; }

Failure wrong(const Path& path, std::string what) {
  return fail(Code::kUsage, std::move(what), "see " + path_name(path) + " --help");
}

Failure unknown(const Path& path, const std::string& what, std::string_view typed,
                const std::vector<std::string>& names) {
  const std::string meant = nearest(typed, names);
  return wrong(path, "unknown " + what + (meant.empty() ? "" : "; did you mean " + meant + "?"));
}

std::vector<std::string> names_below(const Command& group) {
  std::vector<std::string> names;
  for (const Command& each : group.commands) names.push_back(each.name);
  return names;
}

std::vector<std::string> option_names(const Flags& flags) {
  std::vector<std::string> names{"--help"};
  for (const Flag& flag : flags.all()) {
    if (!flag.argument && !flag.hidden) names.push_back(flag.shown());
  }
  return names;
}

// Takes what getopt_long finds.
class Taking {
 public:
  Taking(const Path& path, Flags& flags) : path_(path), flags_(flags), seen_(flags.all().size()) {}

  Result<> take(Flag& flag, const std::string& text) {
    auto& count = seen_[index(flag)];
    // A switch says the same twice.
    const bool value = flag.argument || !flag.value.empty();
    if (count++ > 0 && value && !flag.repeats) return wrong(path_, flag.shown() + " is given twice");
    if (!flag.value.empty() && text.empty() && !flag.may_be_empty) {
      return wrong(path_, flag.shown() + ": the value is empty");
    }
    if (!flag.choices.empty() &&
        std::find(flag.choices.begin(), flag.choices.end(), text) == flag.choices.end()) {
      return wrong(path_, flag.shown() + ": expected " + listed(flag.choices) + ", not " + quoted(text));
    }
    auto taken = flag.take(text);
    if (!taken) return wrong(path_, flag.shown() + ": " + taken.error().message);
    return {};
  }

  Result<> take_argument(const std::string& text) {
    for (Flag& flag : flags_.all()) {
      if (flag.argument && !flag.hidden && (flag.repeats || !seen(flag))) return take(flag, text);
    }
    return wrong(path_, "unexpected argument " + quoted(text));
  }

  // What can be known only at the end.
  Result<> finish() {
    for (const Flag& flag : flags_.all()) {
      if (flag.required && !seen(flag)) {
        return wrong(path_, (flag.argument ? "missing argument " : "missing option ") + flag.shown());
      }
    }
    for (const Flag& flag : flags_.all()) {
      if (!seen(flag)) continue;
      for (const std::string& other : flag.excludes) {
        if (seen(flags_[other])) {
          return wrong(path_, flag.shown() + " and " + flags_[other].shown() + " cannot be combined");
        }
      }
      for (const std::string& other : flag.needs) {
        if (!seen(flags_[other])) return wrong(path_, flag.shown() + " requires " + flags_[other].shown());
      }
    }
    return {};
  }

  static std::string listed(const std::vector<std::string>& words) {
    std::string text = words.front();
    for (std::size_t i = 1; i < words.size(); ++i) {
      text += (i + 1 == words.size() ? " or " : ", ") + words[i];
    }
    return text;
  }

 private:
  std::size_t index(const Flag& flag) const {
    const auto& all = flags_.all();
    return static_cast<std::size_t>(
        std::find_if(all.begin(), all.end(), [&](const Flag& each) { return &each == &flag; }) - all.begin());
  }
  bool seen(const Flag& flag) const { return seen_[index(flag)] != 0; }

  const Path& path_;
  Flags& flags_;
  std::vector<std::size_t> seen_;
};

// getopt(3) of the C library, which looks at one word after the other and takes no word for an abbreviation
// of another one here: a script that relied on that would break with the next flag.
class Words {
 public:
  Words(const Path& path, Flags& flags, std::span<const char* const> words) : path_(path), flags_(flags) {
    argv_.push_back(const_cast<char*>("halligan"));
    for (const char* word : words) argv_.push_back(const_cast<char*>(word));
    argv_.push_back(nullptr);
    // "-": arguments are given back in their places; ":": a missing value is told from an unknown option.
    letters_ = "-:h";
    int number = kFirstLong;
    for (const Flag& flag : flags.all()) {
      const int takes = flag.value.empty() ? no_argument : required_argument;
      if (!flag.argument) long_.push_back({flag.name.c_str(), takes, nullptr, number});
      if (flag.letter != '\0') letters_.append(1, flag.letter).append(takes == no_argument ? "" : ":");
      ++number;
    }
    long_.push_back({"help", no_argument, nullptr, kHelp});
    long_.push_back({});
  }

  /// @return whether help is asked for
  Result<bool> take(Taking& taking) {
    opterr = 0;
    optind = 0;  // from the beginning, also a second time
    while (true) {
      const int before = std::max(optind, 1);
      const int found = ::getopt_long(argc(), argv_.data(), letters_.c_str(), long_.data(), nullptr);
      if (found == -1) break;
      if (found == 1) {
        HALLIGAN_CHECK(taking.take_argument(optarg));
        continue;
      }
      const std::string typed = argv_[static_cast<std::size_t>(before)];
      if (found == '?') return unknown_option(typed);
      HALLIGAN_CHECK(check_whole(typed, found));
      if (found == kHelp) return true;
      Flag* const flag = flag_of(found == ':' ? optopt : found);
      if (found == ':') return wrong(path_, flag->shown() + " requires a value");
      HALLIGAN_CHECK(taking.take(*flag, optarg == nullptr ? "" : optarg));
    }
    for (auto i = static_cast<std::size_t>(optind); i + 1 < argv_.size(); ++i) {
      if (flags_.rest() != nullptr) {
        flags_.rest()->emplace_back(argv_[i]);
      } else {
        HALLIGAN_CHECK(taking.take_argument(argv_[i]));
      }
    }
    return false;
  }

 private:
  int argc() const { return static_cast<int>(argv_.size()) - 1; }

  Flag* flag_of(int found) {
    if (found >= kFirstLong) return &flags_.all()[static_cast<std::size_t>(found - kFirstLong)];
    for (Flag& flag : flags_.all()) {
      if (flag.letter == found) return &flag;
    }
    return nullptr;
  }

  Failure unknown_option(const std::string& typed) const {
    if (!typed.starts_with("--")) {
      const std::string letter = std::string("-") + static_cast<char>(optopt);
      return unknown(path_, "option " + printable(letter), {}, {});
    }
    const std::string name = typed.substr(0, typed.find('='));
    const auto names = option_names(flags_);
    if (typed.size() > name.size() && std::find(names.begin(), names.end(), name) != names.end()) {
      return wrong(path_, name + " takes no value");
    }
    return unknown(path_, "option " + printable(name), name, names);
  }

  Result<> check_whole(const std::string& typed, int found) const {
    if (!typed.starts_with("--")) return {};
    const std::string name = typed.substr(2, typed.find('=') - 2);
    const bool whole = std::any_of(long_.begin(), long_.end() - 1, [&](const ::option& each) {
      return name == each.name && (found == ':' || each.val == found);
    });
    return whole ? Result<>{} : Result<>(unknown_option(typed));
  }

  const Path& path_;
  Flags& flags_;
  std::vector<char*> argv_;
  std::string letters_;
  std::vector<::option> long_;
};

bool asks_for_help(std::string_view word) { return word == "-h" || word == "--help"; }

}  // namespace

Result<Parsed> parse(const Program& program, std::span<const char* const> words) {
  const bool help = !words.empty() && words.front() == std::string_view("help");
  if (help) words = words.subspan(1);
  const Path path = find(program.root, {words.begin(), words.end()});
  const Command& command = *path.back();
  words = words.subspan(path.size() - 1);
  if (command.is_group()) {
    const std::string_view next = words.empty() ? std::string_view() : words.front();
    if (asks_for_help(next) || (words.empty() && (help || path.size() == 1)))
      return Parsed{{}, help_text(path)};
    if (path.size() == 1 && next == "--version") {
      return Parsed{{}, program.root.name + " " + program.version + "\n"};
    }
    if (words.empty()) return wrong(path, "missing subcommand");
    if (next.starts_with('-'))
      return unknown(path, "option " + printable(next), next, {"--help", "--version"});
    return unknown(path, "command " + quoted(next), next, names_below(command));
  }
  if (help) {
    if (!words.empty()) return wrong(path, "unexpected argument " + quoted(words.front()));
    return Parsed{{}, help_text(path)};
  }
  Command::Body body = command.body();
  Taking taking(path, body.flags);
  HALLIGAN_TRY(const bool asked, Words(path, body.flags, words).take(taking));
  if (asked) return Parsed{{}, help_text(path)};
  HALLIGAN_CHECK(taking.finish());
  return Parsed{std::move(body.run), {}};
}

}  // namespace halligan::command
