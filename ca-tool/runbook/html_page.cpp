#include <algorithm>

#include "base/text.hpp"
#include "runbook/blocks.hpp"
#include "ui/page.hpp"

namespace halligan::runbook {
namespace {

using ui::html_text;

// Other runbooks are beside this page; everything else leads to where this computer may not get.
std::string link(const Span& span, std::string text) {
  const bool runbook = span.target.ends_with(".md") && span.target.find_first_of("/:") == std::string::npos;
  if (!runbook || span.target == "README.md") return text;
  const std::string page = span.target.substr(0, span.target.size() - 3) + ".html";
  return "<a href=\"" + html_text(page) + "\">" + text + "</a>";
}

std::string html_of(const Spans& spans) {
  std::string out;
  for (const Span& each : spans) {
    std::string text = html_text(each.text);
    if (each.style == Style::kStrong) text = "<strong>" + text + "</strong>";
    if (each.style == Style::kEmphasis) text = "<em>" + text + "</em>";
    if (each.style == Style::kCode) text = "<code>" + text + "</code>";
    out += each.target.empty() ? text : link(each, text);
  }
  return out;
}

std::string html_of(const std::vector<std::vector<Spans>>& rows) {
  std::string out = "<div class=\"table\"><table>\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string cell = i == 0 ? "th" : "td";
    out += "<tr>";
    for (const Spans& each : rows[i]) out += "<" + cell + ">" + html_of(each) + "</" + cell + ">";
    out += "</tr>\n";
  }
  return out + "</table></div>\n";
}

std::string code_of(const Block& block) {
  std::string out = "<pre";
  if (!block.place.empty()) out += " data-place=\"" + html_text(block.place) + "\"";
  out += "><code>";
  for (const std::string& line : block.code) out += html_text(line) + "\n";
  return out + "</code></pre>\n";
}

std::string html_of(const Block& block) {
  switch (block.kind) {
    case Block::Kind::kHeading: {
      const std::string name = "h" + std::to_string(std::clamp(block.level, 1, 6));
      return "<" + name + ">" + html_of(block.text) + "</" + name + ">\n";
    }
    case Block::Kind::kText:
      return "<p>" + html_of(block.text) + "</p>\n";
    case Block::Kind::kItem:
      return "<p class=\"item\">" + html_text(block.mark.empty() ? "" : block.mark + " ") +
             html_of(block.text) + "</p>\n";
    case Block::Kind::kCode:
      return code_of(block);
    case Block::Kind::kTable:
      return html_of(block.rows);
  }
  return {};
}

}  // namespace

// Contrast is at least 7 : 1 in both schemes.
const std::string_view kStylesheet =
    R"(:root { color-scheme: light dark; --ground: #fff; --text: #14181d; --soft: #4a525b; --line: #b6bec8; --code: #f2f4f7; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #0d1117; --text: #e8edf3; --soft: #b0bac5; --line: #4a535e; --code: #1a212b; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 50rem; background: var(--ground); color: var(--text);
  font: 1.0625rem/1.5 "DejaVu Sans", system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; }
h2 { font-size: 1.2rem; margin: 1.75rem 0 .5rem; }
p { margin: .5rem 0; }
p.item { margin-left: 1.25rem; }
a { color: inherit; }
code { font-family: "DejaVu Sans Mono", ui-monospace, monospace; font-size: .93em; background: var(--code); }
pre { margin: .75rem 0; padding: .6rem .8rem; background: var(--code); border-left: .25rem solid var(--soft);
  white-space: pre-wrap; overflow-wrap: anywhere; }
pre[data-place]:not([data-place="laptop"])::before { content: "on " attr(data-place) ":"; display: block;
  font: .85em/1.5 "DejaVu Sans", system-ui, sans-serif; color: var(--soft); }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .75rem 0; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
nav, footer { color: var(--soft); font-size: .9rem; }
@media print { body { max-width: none; padding: 0; font-size: 10pt; } pre, tr { break-inside: avoid; } }
)";

std::string html_page(const std::vector<Block>& blocks, std::string_view title) {
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
      html_text(title) + "</title>\n<link rel=\"stylesheet\" href=\"" + html_text(kStylesheetName) +
      "\">\n</head>\n<body>\n<main>\n";
  for (const Block& each : blocks) out += html_of(each);
  return out + "</main>\n</body>\n</html>\n";
}

}  // namespace halligan::runbook
