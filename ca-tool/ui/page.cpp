#include "ui/page.hpp"

#include <fmt/format.h>

namespace halligan::ui {
namespace {

// Contrast is at least 4.5 : 1 in both schemes. Below 960 px each row of the table is a block of its own.
constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --ground: #fff; --text: #1b1f24; --soft: #57606a; --line: #d0d7de;
  --bad: #b3161b; --bad-ground: #fff0f0; --odd: #7a4d00; --odd-ground: #fff8e6; --good: #116329; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #0d1117; --text: #e6edf3; --soft: #9aa4b0; --line: #3a424c;
    --bad: #ff8f8a; --bad-ground: #331315; --odd: #f0c060; --odd-ground: #2b2208; --good: #6fdd8b; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 110rem; background: var(--ground); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
p { margin: 0 0 1rem; color: var(--soft); max-width: 45rem; }
p.state { color: var(--text); font-weight: 600; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; color: var(--soft); padding: .25rem 0; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem; border-bottom: 1px solid var(--line); }
tbody th, td.why { overflow-wrap: anywhere; min-width: 15rem; }
thead th { border-bottom-width: 2px; white-space: nowrap; }
tbody th { font-weight: 600; }
td.answer { font-weight: 600; white-space: nowrap; }
tr.wrong { background: var(--bad-ground); } tr.wrong td.answer { color: var(--bad); }
tr.unknown { background: var(--odd-ground); } tr.unknown td.answer { color: var(--odd); }
tr.good td.answer { color: var(--good); }
@media (max-width: 960px) {
  thead { position: absolute; clip-path: inset(50%); }
  table, tbody, tr, th, td, caption { display: block; }
  tr { border: 1px solid var(--line); border-radius: .4rem; margin-bottom: .75rem; padding: .25rem 0; }
  tbody th, td, td.why { border: 0; padding: .1rem .75rem; min-width: 0; overflow-wrap: anywhere; }
  td.answer { white-space: normal; }
  td[data-name]::before { content: attr(data-name) ": "; color: var(--soft); font-weight: 400; }
  td:empty { display: none; }
}
@media print { tr { break-inside: avoid; } }
)";

}  // namespace

std::string html_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c == '&'   ? "&amp;"
           : c == '<' ? "&lt;"
           : c == '>' ? "&gt;"
           : c == '"' ? "&quot;"
                      : std::string(1, c);
  }
  return out;
}

std::string html_page(std::string_view title, std::string_view style, std::string_view body) {
  return fmt::format(
      R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{}</title>
<style>{}{}</style>
</head>
<body>
<main>
{}</main>
</body>
</html>
)",
      html_text(title), kStyle, style, body);
}

}  // namespace halligan::ui
