#include "runbook/prose.hpp"

#include <algorithm>
#include <vector>

#include "base/codec.hpp"
#include "base/handle.hpp"
#include "base/text.hpp"

namespace halligan::runbook {
namespace {

constexpr std::size_t kColumns = 78;
constexpr std::size_t kWidestCell = 40;

using Node = Handle<cmark_node, cmark_node_free>;
using Events = Handle<cmark_iter, cmark_iter_free>;

// What a reader reads of it: links and code without their marks.
std::string inline_text(cmark_node* block) {
  std::string out;
  const Events events(cmark_iter_new(block));
  for (cmark_event_type event; (event = cmark_iter_next(events.get())) != CMARK_EVENT_DONE;) {
    cmark_node* node = cmark_iter_get_node(events.get());
    switch (cmark_node_get_type(node)) {
      case CMARK_NODE_TEXT:
      case CMARK_NODE_CODE:
        out += cmark_node_get_literal(node);
        break;
      case CMARK_NODE_SOFTBREAK:
      case CMARK_NODE_LINEBREAK:
        out += ' ';
        break;
      case CMARK_NODE_EMPH:
      case CMARK_NODE_STRONG:
        out += '*';
        break;
      default:
        break;
    }
  }
  return out;
}

std::string inline_text(std::string_view markdown) {
  const Node node(cmark_parse_document(markdown.data(), markdown.size(), CMARK_OPT_DEFAULT));
  return inline_text(node.get());
}

// Lines of at most so many columns, all but the first one indented; a word that is longer stays whole.
std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent) {
  std::string out;
  std::size_t used = 0;
  while (!(text = trim_start(text)).empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    const std::size_t width = code_points(as_bytes(word));
    if (used != 0 && used + 1 + width > columns) {
      out += "\n" + std::string(indent, ' ');
      used = 0;
    } else if (used != 0) {
      out += ' ', ++used;
    }
    out += word;
    used += width;
    text.remove_prefix(word.size());
  }
  return out;
}

std::string block_text(cmark_node* node, std::size_t indent) {
  const cmark_node_type type = cmark_node_get_type(node);
  if (type == CMARK_NODE_PARAGRAPH || type == CMARK_NODE_HEADING)
    return wrapped(inline_text(node), kColumns - indent, indent);
  std::string out;
  int number = cmark_node_get_list_start(node);
  const bool numbered = cmark_node_get_list_type(node) == CMARK_ORDERED_LIST;
  for (cmark_node* each = cmark_node_first_child(node); each != nullptr; each = cmark_node_next(each)) {
    if (!out.empty()) out += "\n" + std::string(indent, ' ');
    if (type == CMARK_NODE_LIST) out += numbered ? std::to_string(number++) + ". " : "- ";
    out += block_text(each, type == CMARK_NODE_LIST ? indent + 3 : indent);
  }
  return out;
}

// "| a | b |": the cells, trimmed.
std::vector<std::string_view> cells_of(std::string_view line) {
  std::vector<std::string_view> cells;
  line = trim_start(line);
  line.remove_prefix(line.starts_with('|') ? 1 : 0);
  while (!line.empty()) {
    std::string_view cell = line.substr(0, line.find('|'));
    line.remove_prefix(std::min(cell.size() + 1, line.size()));
    cell = trim_start(cell);
    cell = cell.substr(0, cell.find_last_not_of(" \r") + 1);
    cells.push_back(cell);
  }
  return cells;
}

bool is_rule(std::string_view line) { return line.find_first_not_of("|-: \r") == std::string_view::npos; }

std::span<const std::string_view> lines_of(cmark_node* node, std::span<const std::string_view> lines) {
  const auto first = static_cast<std::size_t>(std::max(cmark_node_get_start_line(node), 1)) - 1;
  const auto end = static_cast<std::size_t>(std::max(cmark_node_get_end_line(node), 0));
  return lines.subspan(std::min(first, lines.size()),
                       std::min(end, lines.size()) - std::min({first, end, lines.size()}));
}

// Two columns; what does not fit in the second goes on below itself.
std::string table_text(const std::vector<std::vector<std::string_view>>& cells) {
  std::vector<std::pair<std::string, std::string>> rows;
  std::size_t widest = 0;
  for (const auto& row : cells) {
    std::string first;
    std::string rest;
    for (const std::string_view cell : row) {
      if (first.empty()) {
        first = inline_text(cell);
      } else {
        rest += (rest.empty() ? "" : "; ") + std::string(cell);
      }
    }
    widest = std::max(widest, std::min(code_points(as_bytes(first)), kWidestCell));
    rows.emplace_back(std::move(first), std::move(rest));
  }
  std::string out;
  for (const auto& [first, rest] : rows) {
    const std::size_t width = code_points(as_bytes(first));
    out += "  " + first;
    const std::size_t indent = widest + 4;
    out += width > widest ? "\n" + std::string(indent, ' ') : std::string(indent - 2 - width, ' ');
    out += wrapped(inline_text(rest), kColumns - indent, indent) + "\n";
  }
  return out;
}

}  // namespace

bool is_table(cmark_node* node, std::span<const std::string_view> lines) {
  if (cmark_node_get_type(node) != CMARK_NODE_PARAGRAPH) return false;
  const auto own = lines_of(node, lines);
  return own.size() > 1 && own.front().starts_with('|') && is_rule(own[1]);
}

std::vector<std::vector<std::string_view>> table_cells(cmark_node* node,
                                                       std::span<const std::string_view> lines) {
  std::vector<std::vector<std::string_view>> rows;
  for (const std::string_view line : lines_of(node, lines)) {
    if (!is_rule(line)) rows.push_back(cells_of(line));
  }
  return rows;
}

std::string prose_text(cmark_node* node, std::span<const std::string_view> lines) {
  if (is_table(node, lines)) return table_text(table_cells(node, lines));
  return block_text(node, 0) + "\n";
}

}  // namespace halligan::runbook
