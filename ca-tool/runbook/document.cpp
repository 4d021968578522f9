#include "runbook/document.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include "base/codec.hpp"
#include "base/handle.hpp"
#include "base/text.hpp"
#include "runbook/prose.hpp"

namespace halligan::runbook {
namespace {

using Markdown = Handle<cmark_node, cmark_node_free>;
using Iterator = Handle<cmark_iter, cmark_iter_free>;

constexpr std::string_view kTestComment = "<!-- test: ";
constexpr std::string_view kOtherwiseTable = "| you see instead";
constexpr std::size_t kMostSteps = 1000;
constexpr std::size_t kDeepest = 12;

std::string_view without_end(std::string_view text, std::string_view characters = " \t\r\n") {
  return text.substr(0, text.find_last_not_of(characters) + 1);
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!(text = trim_start(text)).empty()) {
    words.push_back(text.substr(0, text.find_first_of(" \t\r\n")));
    text.remove_prefix(words.back().size());
  }
  return words;
}

bool is_direction(std::string_view text) {
  const auto words = words_of(text);
  constexpr std::array<std::pair<std::string_view, std::size_t>, 4> kCounts{
      {{"plug", 2}, {"unplug", 1}, {"carry", 5}, {"exit", 2}}};
  for (const auto& [word, count] : kCounts) {
    if (!words.empty() && words[0] == word) return words.size() == count;
  }
  if (text.starts_with("answer ")) return text.find(" => ") != std::string_view::npos;
  return text.starts_with("not run: ") && words.size() > 2;
}

// A paragraph with a question and an answer to it.
bool asks_and_answers(std::string_view text) {
  const std::size_t question = text.find_first_of('?');
  return question != std::string_view::npos &&
         text.find_first_not_of("* )\n", question + 1) != std::string_view::npos;
}

class DocumentParser {
 public:
  DocumentParser(std::string_view text, std::string_view name) : text_(text), name_(name) {}

  Result<Document> parse() {
    HALLIGAN_CHECK(split());
    const Markdown root(cmark_parse_document(text_.data(), text_.size(), CMARK_OPT_DEFAULT));
    HALLIGAN_CHECK(check_inner(root.get()));
    for (cmark_node* node = cmark_node_first_child(root.get()); node != nullptr;
         node = cmark_node_next(node)) {
      HALLIGAN_CHECK(take(node));
    }
    if (document_.steps.empty()) return fail(Code::kBadInput, name_ + ": no step");
    if (not_run_) return fail_at(lines_.size(), "\"not run\" without a fence that it is about");
    if (status_ != 0) return fail_at(lines_.size(), "a direction that belongs to no step: exit");
    for (const std::string& each : directions_) {
      if (each.starts_with("answer "))
        return fail_at(lines_.size(), "a direction that belongs to no step: " + printable(each));
    }
    end_section();
    document_.after = std::move(prose_);
    document_.directions = std::move(directions_);
    return std::move(document_);
  }

 private:
  Failure fail_at(std::size_t line, const std::string& what) const {
    return fail(Code::kBadInput, name_ + ":" + std::to_string(line) + ": " + what);
  }

  Result<> split() {
    if (text_.size() > kMostBytes) return fail(Code::kBadInput, name_ + ": more than 256 KiB");
    for (std::string_view rest = text_; !rest.empty();) {
      lines_.push_back(next_line(rest));
      if (plays_tricks(lines_.back()))
        return fail_at(lines_.size(), "characters that are not shown: " + printable(lines_.back()));
    }
    return {};
  }

  // Fences inside of lists and quotations, and HTML in a line, would be missed.
  Result<> check_inner(cmark_node* root) const {
    const Iterator walk(cmark_iter_new(root));
    std::size_t depth = 0;
    for (cmark_event_type event; (event = cmark_iter_next(walk.get())) != CMARK_EVENT_DONE;) {
      cmark_node* node = cmark_iter_get_node(walk.get());
      if (event == CMARK_EVENT_EXIT) {
        --depth;
        continue;
      }
      // Leaves are entered, and not left.
      if (!is_leaf(node)) ++depth;
      if (depth > kDeepest) return fail_at(block_line(node), "blocks inside of too many others");
      const cmark_node_type type = cmark_node_get_type(node);
      const bool top = cmark_node_parent(node) == root;
      if (type == CMARK_NODE_HTML_INLINE) return fail_at(block_line(node), "HTML in the text");
      if (!top && (type == CMARK_NODE_CODE_BLOCK || type == CMARK_NODE_HTML_BLOCK))
        return fail_at(line_of(node), "a fence or comment inside of another block");
    }
    return {};
  }

  // @source cmark.h, iterator: these nodes have no exit event
  static bool is_leaf(cmark_node* node) {
    constexpr std::array kLeaves{CMARK_NODE_HTML_BLOCK, CMARK_NODE_THEMATIC_BREAK, CMARK_NODE_CODE_BLOCK,
                                 CMARK_NODE_TEXT,       CMARK_NODE_SOFTBREAK,      CMARK_NODE_LINEBREAK,
                                 CMARK_NODE_CODE,       CMARK_NODE_HTML_INLINE};
    return std::ranges::find(kLeaves, cmark_node_get_type(node)) != kLeaves.end();
  }
  static std::size_t line_of(cmark_node* node) {
    return static_cast<std::size_t>(std::max(cmark_node_get_start_line(node), 1));
  }
  // Nodes inside of a line have no line of their own in every version.
  static std::size_t block_line(cmark_node* node) {
    while (cmark_node_get_type(node) > CMARK_NODE_LAST_BLOCK) node = cmark_node_parent(node);
    return line_of(node);
  }

  Result<> take(cmark_node* node) {
    switch (cmark_node_get_type(node)) {
      case CMARK_NODE_HTML_BLOCK:
        return take_comment(node);
      case CMARK_NODE_CODE_BLOCK:
        return take_fence(node);
      default:
        return take_prose(node), Result<>{};
    }
  }

  Result<> take_comment(cmark_node* node) {
    std::string_view text = without_end(cmark_node_get_literal(node));
    if (!text.starts_with(kTestComment) || !text.ends_with(" -->") || text.find('\n') != text.npos)
      return fail_at(line_of(node), "HTML that is no direction for the tests: " + printable(text));
    text.remove_prefix(kTestComment.size());
    text = without_end(text.substr(0, text.size() - 4));
    if (!is_direction(text)) return fail_at(line_of(node), "unknown direction: " + printable(text));
    if (text.starts_with("not run: ")) {
      not_run_ = true;
      document_.not_run.emplace_back(text.substr(std::string_view("not run: ").size()));
    } else if (text.starts_with("exit ")) {
      const auto status = whole_number<unsigned>(words_of(text)[1]);
      if (!status || *status > 255) return fail_at(line_of(node), "no exit status: " + printable(text));
      status_ = static_cast<int>(*status);
    } else {
      directions_.emplace_back(text);
    }
    return {};
  }

  Result<> take_fence(cmark_node* node) {
    const std::size_t line = line_of(node);
    const std::string_view kind = cmark_node_get_fence_info(node);
    const auto last = static_cast<std::size_t>(cmark_node_get_end_line(node));
    if (!lines_[line - 1].starts_with("```"))
      return fail_at(line, "an indented block, which nobody runs: use a fence");
    if (last <= line || last > lines_.size() || !lines_[last - 1].starts_with("```"))
      return fail_at(line, "a fence that does not end");
    const std::string_view body = cmark_node_get_literal(node);
    if (std::exchange(not_run_, false)) return add_shown(body), Result<>{};
    const auto words = words_of(kind);
    if (words.size() == 2 && words[0] == "sh") return take_step(std::string(words[1]), body, line + 1);
    if (words.size() == 1 && words[0] == "text") return take_seen(body, line + 1);
    return fail_at(line, "a fence of kind \"" + printable(kind) + "\", which nobody runs");
  }

  void add_shown(std::string_view body) {
    while (!body.empty()) prose_ += "  " + std::string(next_line(body)) + "\n";
  }

  Result<> take_step(std::string place, std::string_view body, std::size_t line) {
    Step step;
    step.line = line;
    step.place = std::move(place);
    for (; !body.empty(); ++line) {
      const std::string_view typed = next_line(body);
      const bool continues = !step.commands.empty() && step.commands.back().text.ends_with('\\');
      if (typed.starts_with("$ ") == continues)
        return fail_at(line, "a line that neither begins nor continues a command: " + printable(typed));
      if (continues) {
        step.commands.back().text += "\n" + std::string(typed);
      } else {
        step.commands.push_back({line, std::string(typed.substr(2))});
      }
      if (step.commands.back().text.size() > kMostCommand) return fail_at(line, "a command that is too long");
    }
    if (step.commands.empty()) return fail_at(line, "a step without a command");
    if (step.commands.back().text.ends_with('\\'))
      return fail_at(step.commands.back().number, "a command that does not end");
    if (document_.steps.size() == kMostSteps) return fail_at(line, "more than 1000 steps");
    step.status = std::exchange(status_, 0);
    step.directions = std::exchange(directions_, {});
    step.before = std::exchange(prose_, {});
    document_.steps.push_back(std::move(step));
    since_step_ = true;
    return {};
  }

  Result<> take_seen(std::string_view body, std::size_t line) {
    if (document_.steps.empty()) return fail_at(line, "output, and nothing was run before it");
    for (; !body.empty(); ++line) {
      const std::string_view text = without_end(trim_start(next_line(body)));
      if (!text.empty()) document_.steps.back().seen.push_back({line, std::string(text)});
    }
    return {};
  }

  void take_prose(cmark_node* node) {
    const cmark_node_type type = cmark_node_get_type(node);
    const std::string text = prose_text(node, lines_);
    if (type == CMARK_NODE_HEADING) {
      end_section();
      if (document_.title.empty()) document_.title = text.substr(0, text.find('\n'));
    }
    prose_ += (prose_.empty() ? "" : "\n") + text;
    if (type != CMARK_NODE_PARAGRAPH) return;
    if (is_table(node, lines_)) {
      if (lines_[line_of(node) - 1].starts_with(kOtherwiseTable)) tables_ += text;
    } else if (since_step_ && asks_and_answers(text)) {
      document_.steps.back().otherwise += text;
    }
  }

  // Its table is about each of its steps.
  void end_section() {
    for (std::size_t i = section_; i < document_.steps.size(); ++i) document_.steps[i].otherwise += tables_;
    section_ = document_.steps.size();
    tables_.clear();
    since_step_ = false;
  }

  std::string_view text_;
  std::string name_;
  std::vector<std::string_view> lines_;
  Document document_;
  std::string prose_;
  std::string tables_;
  std::vector<std::string> directions_;
  int status_ = 0;
  bool not_run_ = false;
  bool since_step_ = false;  // in the section of the last step
  std::size_t section_ = 0;  // the first step of it
};

}  // namespace

std::string Step::text() const {
  std::string out;
  for (const Line& each : commands) {
    std::string_view rest = each.text;
    for (std::string_view mark = "$ "; !rest.empty(); mark = "")
      out += std::string(mark) + std::string(next_line(rest)) + "\n";
  }
  return out;
}

Result<Document> parse_document(std::string_view text, std::string_view name) {
  return DocumentParser(text, printable(name)).parse();
}

std::optional<Placeholder> placeholder_of(std::string_view command) {
  const std::size_t equals = command.find('=');
  if (equals == 0 || equals == std::string_view::npos) return std::nullopt;
  const std::string_view name = command.substr(0, equals);
  if (name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_") != std::string_view::npos) return std::nullopt;
  std::string_view rest = command.substr(equals + 1);
  const std::string_view quote = rest.starts_with('\'') ? "'" : rest.starts_with('"') ? "\"" : "";
  if (!quote.empty()) rest.remove_prefix(1);
  const std::size_t end = rest.find_first_of(quote.empty() ? " " : quote);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view example = rest.substr(0, end);
  const std::string_view after = trim_start(rest.substr(end + quote.size()));
  if (!after.starts_with("# ") || example.find_first_of("$`\\") != std::string_view::npos)
    return std::nullopt;
  return Placeholder{std::string(name), std::string(example), std::string(trim_start(after.substr(2)))};
}

}  // namespace halligan::runbook
