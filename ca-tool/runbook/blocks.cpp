#include "runbook/blocks.hpp"

#include "base/handle.hpp"
#include "base/text.hpp"
#include "runbook/prose.hpp"

namespace halligan::runbook {
namespace {

using Parsed = Handle<cmark_node, cmark_node_free>;
using InlineEvents = Handle<cmark_iter, cmark_iter_free>;

class SpanCollector {
 public:
  Spans collect(cmark_node* block) {
    const InlineEvents walk(cmark_iter_new(block));
    for (cmark_event_type event; (event = cmark_iter_next(walk.get())) != CMARK_EVENT_DONE;)
      take(cmark_iter_get_node(walk.get()), event == CMARK_EVENT_ENTER);
    return std::move(spans_);
  }

 private:
  void take(cmark_node* node, bool enters) {
    switch (cmark_node_get_type(node)) {
      case CMARK_NODE_TEXT:
        return add(style_, cmark_node_get_literal(node));
      case CMARK_NODE_CODE:
        return add(Style::kCode, cmark_node_get_literal(node));
      case CMARK_NODE_SOFTBREAK:
      case CMARK_NODE_LINEBREAK:
        return add(style_, " ");
      case CMARK_NODE_STRONG:
        style_ = enters ? Style::kStrong : Style::kPlain;
        return;
      case CMARK_NODE_EMPH:
        style_ = enters ? Style::kEmphasis : Style::kPlain;
        return;
      case CMARK_NODE_LINK:
        target_ = enters ? cmark_node_get_url(node) : "";
        return;
      default:
        return;
    }
  }

  void add(Style style, std::string_view text) {
    if (!spans_.empty() && spans_.back().style == style && spans_.back().target == target_) {
      spans_.back().text += text;
    } else {
      spans_.push_back({style, std::string(text), target_});
    }
  }

  Spans spans_;
  Style style_ = Style::kPlain;
  std::string target_;
};

Spans spans_of(std::string_view markdown) {
  const Parsed node(cmark_parse_document(markdown.data(), markdown.size(), CMARK_OPT_DEFAULT));
  return SpanCollector().collect(node.get());
}

class BlockCollector {
 public:
  explicit BlockCollector(std::string_view markdown) : markdown_(markdown) {
    while (!markdown.empty()) lines_.push_back(next_line(markdown));
  }

  std::vector<Block> collect() {
    const Parsed root(cmark_parse_document(markdown_.data(), markdown_.size(), CMARK_OPT_DEFAULT));
    take_children(root.get(), 0, {});
    return std::move(blocks_);
  }

 private:
  void take_children(cmark_node* node, int depth, const std::string& mark) {
    std::string first = mark;
    for (cmark_node* each = cmark_node_first_child(node); each != nullptr; each = cmark_node_next(each)) {
      take(each, depth, first);
      first.clear();
    }
  }

  void take(cmark_node* node, int depth, const std::string& mark) {
    switch (cmark_node_get_type(node)) {
      case CMARK_NODE_HEADING:
        blocks_.push_back({.kind = Block::Kind::kHeading,
                           .level = cmark_node_get_heading_level(node),
                           .text = SpanCollector().collect(node)});
        return;
      case CMARK_NODE_PARAGRAPH:
        if (is_table(node, lines_)) return take_table(node);
        blocks_.push_back({.kind = depth > 0 ? Block::Kind::kItem : Block::Kind::kText,
                           .level = depth,
                           .mark = mark,
                           .text = SpanCollector().collect(node)});
        return;
      case CMARK_NODE_CODE_BLOCK:
        return take_code(node);
      case CMARK_NODE_LIST:
        return take_list(node, depth);
      case CMARK_NODE_BLOCK_QUOTE:
        return take_children(node, depth + 1, mark);
      default:
        return;
    }
  }

  void take_list(cmark_node* list, int depth) {
    const bool numbered = cmark_node_get_list_type(list) == CMARK_ORDERED_LIST;
    int number = cmark_node_get_list_start(list);
    for (cmark_node* each = cmark_node_first_child(list); each != nullptr; each = cmark_node_next(each))
      take_children(each, depth + 1, numbered ? std::to_string(number++) + "." : "-");
  }

  void take_table(cmark_node* node) {
    Block block{.kind = Block::Kind::kTable};
    for (const auto& row : table_cells(node, lines_)) {
      std::vector<Spans>& cells = block.rows.emplace_back();
      for (const std::string_view cell : row) cells.push_back(spans_of(cell));
    }
    blocks_.push_back(std::move(block));
  }

  void take_code(cmark_node* node) {
    Block block{.kind = Block::Kind::kCode};
    std::string_view kind = cmark_node_get_fence_info(node);
    if (before(kind, "sh ")) block.place = kind;
    std::string_view body = cmark_node_get_literal(node);
    while (!body.empty()) block.code.emplace_back(next_line(body));
    blocks_.push_back(std::move(block));
  }

  std::string_view markdown_;
  std::vector<std::string_view> lines_;
  std::vector<Block> blocks_;
};

}  // namespace

std::vector<Block> blocks_of(std::string_view markdown) { return BlockCollector(markdown).collect(); }

}  // namespace halligan::runbook
