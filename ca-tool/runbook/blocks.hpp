// A runbook as blocks of text: for paper and for a browser, where a terminal's lines do not do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace halligan::runbook {

enum class Style { kPlain, kStrong, kEmphasis, kCode };

struct Span {
  Style style = Style::kPlain;
  std::string text;
  std::string target{};  ///< of a link: "handing-over.md"

  bool operator==(const Span&) const = default;
};
using Spans = std::vector<Span>;

struct Block {
  enum class Kind { kHeading, kText, kItem, kCode, kTable };

  Kind kind = Kind::kText;
  int level = 0;                           ///< of a heading from 1; how deep an item is, from 1
  std::string mark{};                      ///< of an item: "1.", "-"
  std::string place{};                     ///< of code that is a step: where it is typed
  Spans text{};                            ///< of headings, paragraphs, items
  std::vector<std::string> code{};         ///< lines
  std::vector<std::vector<Spans>> rows{};  ///< of a table; the first is its head
};

/// In the order of the text. What is for tests alone is left out.
/// @param markdown that parse_document() took
std::vector<Block> blocks_of(std::string_view markdown);

/// All of it as a page for a browser, without scripts, which reads kStylesheet beside it. Links to other
/// runbooks lead to their pages.
std::string html_page(const std::vector<Block>& blocks, std::string_view title);

inline constexpr std::string_view kStylesheetName = "style.css";
/// Readable in light and dark, from 320 px on, and on paper.
extern const std::string_view kStylesheet;

}  // namespace halligan::runbook
