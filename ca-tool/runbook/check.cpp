#include "runbook/check.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/codec.hpp"
#include "base/program.hpp"
#include "base/text.hpp"
#include "io/process.hpp"

namespace halligan::runbook {
namespace {

// Those that a login sets, and the shell itself.
constexpr std::string_view kAlwaysSet[] = {"HOME", "USER", "LOGNAME", "PATH", "PWD", "SHELL", "TERM", "UID"};
constexpr std::string_view kNoPrograms[] = {"[",     "alias", "case", "cd",    "command", "do",     "done",
                                            "echo",  "elif",  "else", "esac",  "eval",    "exit",   "export",
                                            "false", "fi",    "for",  "if",    "printf",  "pwd",    "read",
                                            "set",   "test",  "then", "true",  "type",    "ulimit", "umask",
                                            "unset", "until", "wait", "while", "!",       "{",      "}"};

bool is_name(char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

// The words at which commands begin, outside of quotes, and the variables in capital letters that are used.
// A scan, not a shell: bash has judged the syntax.
struct Scan {
  std::vector<std::vector<std::string>> commands;  // a program, and its words before one with a quote or a $
  std::vector<std::string> used;
  std::set<std::string> set;
};

std::string_view name_at(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && is_name(text[size])) ++size;
  return text.substr(0, size);
}

// "NAME=…", of any letters.
bool is_assignment(std::string_view word) {
  const std::string_view name = word.substr(0, word.find('='));
  return name.size() < word.size() && !name.empty() && (name[0] < '0' || name[0] > '9') &&
         std::ranges::all_of(name, [](char c) { return is_name(c) || (c >= 'a' && c <= 'z'); });
}

class CommandScanner {
 public:
  explicit CommandScanner(std::string_view text) : text_(text) {}

  Scan scan() && {
    for (at_ = 0; at_ < text_.size(); ++at_) step(text_[at_]);
    end_word();
    return std::move(scan_);
  }

 private:
  void step(char c) {
    if (c == '$' && quote_ != '\'') use();
    if (quote_ != 0) {
      if (c == quote_) quote_ = 0;
      word_ += c;
    } else if (c == '\'' || c == '"') {
      quote_ = c;
      word_ += c;
    } else if (c == '\\') {
      ++at_;
      word_ += at_ < text_.size() && text_[at_] != '\n' ? "\\" : "";
    } else if (c == '#' && word_.empty()) {
      at_ = std::min(text_.find('\n', at_), text_.size()) - 1;
    } else if (c == ' ' || c == '\t') {
      end_word();
    } else if (c == '|' || c == '&' || c == ';' || c == '\n' || c == '(' || c == ')') {
      end_word();
      begins_ = true;
    } else if (c == '<' || c == '>') {
      end_word();
      skips_ = true;
    } else {
      word_ += c;
    }
  }

  void use() {
    std::string_view rest = text_.substr(at_ + 1);
    if (rest.starts_with('{')) rest.remove_prefix(1);
    const std::string_view name = name_at(rest);
    if (!name.empty() && name[0] >= 'A') scan_.used.emplace_back(name);
  }

  void end_word() {
    const std::string word = std::exchange(word_, {});
    if (word.empty() || std::exchange(skips_, false)) return;
    const std::string_view name = name_at(word);
    const bool assigns = is_assignment(word);
    if (assigns || (takes_names_ && name.size() == word.size())) scan_.set.emplace(name);
    const bool plain = word.find_first_of("$'\"") == std::string::npos;
    if (begins_ && !assigns) {
      begins_ = std::ranges::find(kPrefixes, word) != std::end(kPrefixes);
      takes_names_ = word == "read";
      if (plain) scan_.commands.push_back({word});
      continues_ = plain;
    } else if (!begins_) {
      continues_ = continues_ && plain;
      if (continues_) scan_.commands.back().push_back(word);
    }
  }

  static constexpr std::string_view kPrefixes[] = {"!", "{", "if", "then", "else", "while", "until", "do"};

  std::string_view text_;
  std::size_t at_ = 0;
  std::string word_;
  char quote_ = 0;
  bool begins_ = true;      // the next word is a program
  bool continues_ = false;  // it belongs to the last command
  bool skips_ = false;      // the next word is the file of a redirection
  bool takes_names_ = false;
  Scan scan_;
};

// The error of halligan if it has no command of these names: words in small letters, until another one comes.
Result<std::string> unknown_command(const std::vector<std::string>& words) {
  std::vector<std::string> argv;
  for (const std::string& word : words) {
    if (!std::ranges::all_of(word, [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; }) ||
        word.starts_with('-'))
      break;
    argv.push_back(word);
  }
  argv.emplace_back("--help");
  HALLIGAN_TRY(const io::Finished done, io::run({.argv = argv, .out = io::Null{}}));
  std::string_view text = done.err;
  return done.exit_code == 0 ? std::string() : printable(next_line(text));
}

// "read -s", which the state of the shell would keep.
bool reads_secrets(std::string_view command) {
  const std::size_t at = command.find("read -");
  if (at == std::string_view::npos) return false;
  const std::string_view letters = command.substr(at + 6, command.find(' ', at + 6) - at - 6);
  return letters.find('s') != std::string_view::npos;
}

Result<std::string> syntax_error(std::string_view command) {
  HALLIGAN_TRY(const io::Finished done,
               io::run({.argv = {"bash", "--norc", "--noprofile", "-n"}, .in = as_bytes(command)}));
  if (done.exit_code == 0) return std::string();
  std::string_view text = done.err;
  return printable(next_line(text));
}

}  // namespace

Result<std::vector<Fault>> check_runbook(const Document& document) {
  std::vector<Fault> faults;
  std::map<std::string, std::set<std::string>> set;  // at each place
  for (const Step& step : document.steps) {
    for (const Line& command : step.commands) {
      const auto add = [&](std::string text) { faults.push_back({command.number, std::move(text)}); };
      HALLIGAN_TRY(const std::string wrong, syntax_error(command.text));
      if (!wrong.empty()) add(wrong);
      if (!placeholder_of(command.text) && placeholder_of(command.text + "  # x"))
        add("nobody is asked for a value that has no comment saying what it is");
      if (reads_secrets(command.text)) add("an answer that is typed unseen would be kept in a variable");
      const Scan scan = CommandScanner(command.text).scan();
      auto& known = set[step.place];
      known.insert(scan.set.begin(), scan.set.end());
      for (const std::string& name : scan.used) {
        if (!known.contains(name) && std::ranges::find(kAlwaysSet, name) == std::end(kAlwaysSet))
          add("no step before it sets " + printable(name));
      }
      for (const auto& words : scan.commands) {
        const std::string& program = words.front();
        if (step.place != kHere || std::ranges::find(kNoPrograms, program) != std::end(kNoPrograms)) continue;
        if (!find_program(program)) {
          add("this computer has no program " + printable(program));
        } else if (program == "halligan") {
          HALLIGAN_TRY(const std::string unknown, unknown_command(words));
          if (!unknown.empty()) add(unknown);
        }
      }
    }
  }
  return faults;
}

std::vector<Fault> steps_not_run(const Runbook& runbook, std::span<const History> walks) {
  const std::string sha256 = hex(runbook.sha256);
  std::vector<Fault> faults;
  for (std::size_t i = 0; i < runbook.document.steps.size(); ++i) {
    const bool ran = std::ranges::any_of(walks, [&](const History& each) {
      return each.runbook_sha256() == sha256 && each.outcome(i + 1) == Outcome::kAsExpected;
    });
    if (!ran)
      faults.push_back({runbook.document.steps[i].line, "step " + std::to_string(i + 1) + " was not run"});
  }
  return faults;
}

}  // namespace halligan::runbook
