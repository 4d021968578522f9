#include "command/parse.hpp"

#include <getopt.h>

#include <algorithm>

#include "base/codec.hpp"
#include "command/help.hpp"

namespace halligan::command {
namespace {

// Changes of a letter that make the one into the other, two neighbours in the wrong order counting as one.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> best(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        best[i][j] = i + j;
        continue;
      }
      const std::size_t change = best[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      best[i][j] = std::min({best[i - 1][j] + 1, best[i][j - 1] + 1, change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        best[i][j] = std::min(best[i][j], best[i - 2][j - 2] + 1);
      }
    }
  }
  return best[a.size()][b.size()];
}

constexpr int kFirst = 256;  // what getopt_long returns for the first flag, above every letter
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

Result<> take(const Path& path, Flag& flag, const std::string& text) {
  // A switch says the same twice.
  const bool value = flag.argument || !flag.value.empty();
  if (flag.seen && value && !flag.repeats) return wrong(path, flag.shown() + " is given twice");
  flag.seen = true;
  if (!flag.value.empty() && text.empty() && !flag.may_be_empty) {
    return wrong(path, flag.shown() + ": the value is empty");
  }
  if (!flag.choices.empty() &&
      std::find(flag.choices.begin(), flag.choices.end(), text) == flag.choices.end()) {
    return wrong(path, flag.shown() + ": expected " + listed(flag.choices) + ", not " + quoted(text));
  }
  auto taken = flag.take(text);
  if (!taken) return wrong(path, flag.shown() + ": " + taken.error().message);
  return {};
}

Result<> take_argument(const Path& path, Flags& flags, const std::string& text) {
  for (Flag& flag : flags.all()) {
    if (flag.argument && !flag.hidden && (flag.repeats || !flag.seen)) return take(path, flag, text);
  }
  return wrong(path, "unexpected argument " + quoted(text));
}

// What can be known only at the end.
Result<> check_together(const Path& path, Flags& flags) {
  for (const Flag& flag : flags.all()) {
    if (flag.required && !flag.seen) {
      return wrong(path, (flag.argument ? "missing argument " : "missing option ") + flag.shown());
    }
  }
  for (const Flag& flag : flags.all()) {
    if (!flag.seen) continue;
    for (const std::string& other : flag.excludes) {
      if (!flags[other].seen) continue;
      return wrong(path, flag.shown() + " and " + flags[other].shown() + " cannot be combined");
    }
    for (const std::string& other : flag.needs) {
      if (!flags[other].seen) return wrong(path, flag.shown() + " requires " + flags[other].shown());
    }
  }
  return {};
}

Failure unknown_option(const Path& path, const Flags& flags, const std::string& typed) {
  if (!typed.starts_with("--")) {
    const std::string letter = std::string("-") + static_cast<char>(optopt);
    return unknown(path, "option " + printable(letter), {}, {});
  }
  std::vector<std::string> names{"--help"};
  for (const Flag& flag : flags.all()) {
    if (!flag.argument && !flag.hidden) names.push_back(flag.shown());
  }
  const std::string name = typed.substr(0, typed.find('='));
  if (typed.size() > name.size() && std::find(names.begin(), names.end(), name) != names.end()) {
    return wrong(path, name + " takes no value");
  }
  return unknown(path, "option " + printable(name), name, names);
}

// With getopt(3) of the C library, which looks at one word after the other. No word is taken for an
// abbreviation of another one here: a script that relied on that would break with the next flag.
// @return whether help is asked for
Result<bool> take_all(const Path& path, Flags& flags, std::span<const char* const> words) {
  std::vector<char*> argv{const_cast<char*>("halligan")};
  for (const char* word : words) argv.push_back(const_cast<char*>(word));
  argv.push_back(nullptr);
  const int argc = static_cast<int>(argv.size()) - 1;
  // "-": arguments are given back in their places; ":": a missing value is told from an unknown option.
  std::string letters = "-:h";
  std::vector<::option> names{{"help", no_argument, nullptr, kHelp}};
  int number = kFirst;
  for (const Flag& flag : flags.all()) {
    const int takes = flag.value.empty() ? no_argument : required_argument;
    if (!flag.argument) names.push_back({flag.name.c_str(), takes, nullptr, number});
    if (flag.letter != '\0') letters.append(1, flag.letter).append(takes == no_argument ? "" : ":");
    ++number;
  }
  names.push_back({});
  opterr = 0;
  optind = 0;  // from the beginning, also a second time
  while (true) {
    const int before = std::max(optind, 1);
    const int found = ::getopt_long(argc, argv.data(), letters.c_str(), names.data(), nullptr);
    if (found == -1) break;
    if (found == 1) {
      HALLIGAN_CHECK(take_argument(path, flags, optarg));
      continue;
    }
    const std::string typed = argv[static_cast<std::size_t>(before)];
    if (found == '?') return unknown_option(path, flags, typed);
    const int which = found == ':' ? optopt : found;
    auto flag = flags.all().begin();
    for (int each = kFirst; flag != flags.all().end() && which != each && which != flag->letter; ++each)
      ++flag;
    const std::string name = which == kHelp ? "--help" : flag->shown();
    if (typed.starts_with("--") && typed.substr(0, typed.find('=')) != name) {
      return unknown_option(path, flags, typed);
    }
    if (which == kHelp) return true;
    if (found == ':') return wrong(path, name + " requires a value");
    HALLIGAN_CHECK(take(path, *flag, optarg == nullptr ? "" : optarg));
  }
  for (auto i = static_cast<std::size_t>(optind); i + 1 < argv.size(); ++i) {
    if (flags.rest() != nullptr) {
      flags.rest()->emplace_back(argv[i]);
    } else {
      HALLIGAN_CHECK(take_argument(path, flags, argv[i]));
    }
  }
  return false;
}

bool asks_for_help(std::string_view word) { return word == "-h" || word == "--help"; }

}  // namespace

std::string nearest(std::string_view typed, const std::vector<std::string>& names) {
  constexpr std::size_t kLongest = 64;
  if (typed.size() > kLongest) return {};
  std::string found;
  std::size_t least = std::max<std::size_t>(typed.size() / 3, 1) + 1;
  for (const std::string& name : names) {
    const std::size_t away = name.starts_with(typed) ? 1 : distance(typed, name);
    if (away >= least) continue;
    least = away;
    found = name;
  }
  return found;
}

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
    std::vector<std::string> names;
    for (const Command& each : command.commands) names.push_back(each.name);
    return unknown(path, "command " + quoted(next), next, names);
  }
  if (help) {
    if (!words.empty()) return wrong(path, "unexpected argument " + quoted(words.front()));
    return Parsed{{}, help_text(path)};
  }
  Command::Body body = command.body();
  HALLIGAN_TRY(const bool asked, take_all(path, body.flags, words));
  if (asked) return Parsed{{}, help_text(path)};
  HALLIGAN_CHECK(check_together(path, body.flags));
  return Parsed{std::move(body.run), {}};
}

}  // namespace halligan::command
