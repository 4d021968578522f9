#include "man/mdoc.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>

#include "command/help.hpp"

namespace halligan::pages {
namespace {

constexpr std::size_t kColumns = 78;
constexpr std::string_view kClosing =
    ".,:;)?!";  // what a macro line takes as punctuation after its arguments

std::string escaped(std::string_view text) {
  std::string out;
  for (const char each : text) {
    if (each == '\\') {
      out += "\\e";
    } else if (std::iscntrl(static_cast<unsigned char>(each)) != 0) {
      out += ' ';
    } else {
      out += each;
    }
  }
  return out;
}

bool ends_sentence(std::string_view word) {
  return !word.empty() && std::string_view(".!?").find(word.back()) != std::string_view::npos;
}

// Lines of text, and of macros in it.
class Text {
 public:
  void add(std::string_view word) {
    const std::size_t end = word.find_last_not_of(kClosing) + 1;
    if (word.starts_with("--") && end > 2 && std::isalpha(static_cast<unsigned char>(word[2])) != 0) {
      add_option(word.substr(1, end - 1), word.substr(end));
      return;
    }
    std::string text = escaped(word);
    // mandoc(1) and groff_mdoc(7) print a lone hyphen as it is only if it is escaped.
    if (word == "-" || word == "--") text = word == "-" ? "\\-" : "\\-\\-";
    if (!line_.empty() && line_.size() + 1 + text.size() > kColumns) end_line();
    if (line_.empty() && (text.starts_with('.') || text.starts_with('\''))) text.insert(0, "\\&");
    if (!line_.empty()) line_ += ' ';
    line_ += text;
    if (ends_sentence(word)) end_line();
  }

  std::string take() {
    end_line();
    return std::move(out_);
  }

 private:
  void add_option(std::string_view name, std::string_view closing) {
    end_line();
    line_ = ".Fl " + mdoc_argument(name);
    for (const char each : closing) line_.append(1, ' ').append(1, each);
    end_line();
  }

  void end_line() {
    if (!line_.empty()) out_ += line_ + "\n";
    line_.clear();
  }

  std::string out_;
  std::string line_;
};

std::string name_macros(const command::Flag& flag) {
  if (flag.argument) return "Ar " + mdoc_argument(flag.name) + (flag.repeats ? " ..." : "");
  std::string names = flag.letter != '\0' ? std::string("Fl ") + flag.letter + " , " : "";
  names += "Fl " + mdoc_argument("-" + flag.name);
  return flag.value.empty() ? names : names + " Ar " + mdoc_argument(flag.value);
}

// "Fl I Ar KEY_ID"
std::string short_macros(const command::Flag& flag) {
  if (flag.argument) return name_macros(flag);
  const std::string name = flag.letter != '\0' ? std::string(1, flag.letter) : "-" + flag.name;
  return "Fl " + mdoc_argument(name) + (flag.value.empty() ? "" : " Ar " + mdoc_argument(flag.value));
}

// A sentence, without a capital where it begins with a name: "ed25519, ecdsa or rsa" and "ca.json: …".
std::string as_sentence(const std::string& help) {
  const std::string_view first = std::string_view(help).substr(0, help.find(' '));
  const std::string_view word = first.substr(0, first.find_last_not_of(kClosing) + 1);
  const bool plain = std::all_of(word.begin(), word.end(),
                                 [](unsigned char each) { return std::isalpha(each) != 0 || each == '-'; });
  return plain ? command::sentence(help) : help + ".";
}

}  // namespace

std::string mdoc_text(std::string_view text) {
  Text lines;
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) lines.add(word);
  return lines.take();
}

std::string mdoc_argument(std::string_view word) {
  std::string text = escaped(word);
  // A word of two or three letters may be the name of a macro, and a mark alone is punctuation.
  const bool macro =
      text.size() > 1 && text.size() <= 3 &&
      std::all_of(text.begin(), text.end(), [](unsigned char each) { return std::isalpha(each) != 0; });
  const bool mark = text.size() == 1 && std::ispunct(static_cast<unsigned char>(text[0])) != 0;
  if (macro || mark) text.insert(0, "\\&");
  if (text.empty() || text.find_first_of(" \"") != std::string::npos) {
    std::string quoted = "\"";
    for (const char each : text) quoted += each == '"' ? "\"\"" : std::string(1, each);
    return quoted + "\"";
  }
  return text;
}

std::string synopsis(const command::Path& path) {
  std::string text = ".Nm " + mdoc_argument(path.front()->name);
  for (std::size_t i = 1; i < path.size(); ++i) {
    text += (i == 1 ? " Cm " : " ") + mdoc_argument(path[i]->name);
  }
  text += "\n";
  const command::Command::Body body = path.back()->body();
  const auto add = [&](bool argument, bool required) {
    for (const command::Flag& flag : body.flags.all()) {
      if (flag.hidden || flag.argument != argument || flag.required != required) continue;
      text += (required ? "." : ".Op ") + short_macros(flag) + "\n";
    }
  };
  add(false, true);
  add(false, false);
  add(true, true);
  add(true, false);
  if (!body.flags.rest_word().empty()) {
    text += ".Op Fl - Ar " + mdoc_argument(body.flags.rest_word()) + " ...\n";
  }
  return text;
}

std::string flag_row(const command::Flag& flag) {
  std::string text = ".It " + name_macros(flag) + "\n" + mdoc_text(as_sentence(flag.help));
  if (!flag.fallback.empty()) {
    const command::Kind kind = command::kind_of(flag);
    const bool path = kind == command::Kind::kFile || kind == command::Kind::kFolder;
    text += std::string("The default is\n.") + (path ? "Pa " : "Cm ") + mdoc_argument(flag.fallback) + " .\n";
  }
  if (flag.repeats && !flag.argument) text += "The option may be given several times.\n";
  if (!flag.needs.empty()) text += mdoc_text("It requires " + command::listed(flag.needs, "--") + ".");
  if (!flag.excludes.empty())
    text += mdoc_text("It cannot be combined with " + command::listed(flag.excludes, "--") + ".");
  return text;
}

}  // namespace halligan::pages
