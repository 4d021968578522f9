// The page: one file, readable without scripts, by a screen reader, on a telephone and on a wall.
#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "io/clock.hpp"
#include "prove/report.hpp"
#include "ui/html.hpp"

namespace halligan::prove {
namespace {

using ui::html_text;

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
td[data-name="CA"] { min-width: 7rem; }
tr.wrong { background: var(--bad-ground); } tr.wrong td.answer { color: var(--bad); }
tr.unknown { background: var(--odd-ground); } tr.unknown td.answer { color: var(--odd); }
tr.good td.answer { color: var(--good); }
@media (max-width: 960px) {
  thead { position: absolute; clip-path: inset(50%); }
  table, tbody, tr, th, td, caption { display: block; }
  tr { border: 1px solid var(--line); border-radius: .4rem; margin-bottom: .75rem; padding: .25rem 0; }
  tbody th, td, td.why { border: 0; padding: .1rem .75rem; min-width: 0; overflow-wrap: anywhere; }
  td.answer { white-space: normal; } td[data-name="CA"] { min-width: 0; }
  td[data-name]::before { content: attr(data-name) ": "; color: var(--soft); font-weight: 400; }
  td:empty { display: none; }
}
@media print { tr { break-inside: avoid; } }
)";

std::string why(const Answer& answer) {
  std::string out = html_text(answer.detail);
  const std::string checked = html_text(check_words(answer.check));
  if (!checked.empty()) out += (out.empty() ? "" : "<br>") + checked;
  if (!answer.check.next.empty())
    out += "<br>Next: <code>" + html_text(one_line(answer.check.next)) + "</code>";
  return out;
}

std::string row(const Answer& answer) {
  const std::string_view kind = answer.wrong() ? "wrong" : answer.good() ? "good" : "unknown";
  return fmt::format(
      "<tr class=\"{}\"><th scope=\"row\">{}</th><td class=\"answer\" data-name=\"Answer\">{}</td>"
      "<td data-name=\"Account\">{}</td><td data-name=\"CA\">{}</td><td class=\"why\" "
      "data-name=\"Why\">{}</td></tr>\n",
      kind, html_text(printable(answer.target.name)), html_text(answer_words(answer)),
      html_text(printable(answer.account)), html_text(answer.canary->authority()), why(answer));
}

}  // namespace

std::string to_html(const std::vector<Answer>& answers, std::uint64_t now) {
  const bool all = std::ranges::all_of(answers, &Answer::good);
  std::string rows;
  for (const Answer& each : answers) rows += row(each);
  return fmt::format(
      R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Emergency access: {}</title>
<style>{}</style>
</head>
<body>
<main>
<h1>Emergency access</h1>
<p class="state">{}</p>
<p>Asked on <time datetime="{}">{}</time>. Grade 1: sshd would accept the key of the emergency CA, which
does not prove that the account gets in. Grade 2: what the host said of its configuration lets it in, too. A revoked canary
has to be refused.</p>
<table>
<caption>One row for each host, account and CA; what is wrong comes first</caption>
<thead><tr><th scope="col">Host</th><th scope="col">Answer</th><th scope="col">Account</th><th scope="col">CA</th><th scope="col">Why</th></tr></thead>
<tbody>
{}</tbody>
</table>
</main>
</body>
</html>
)",
      all ? "all as it should be" : "attention", kStyle, html_text(summary(answers)), io::format_utc(now),
      io::format_local(now), rows);
}

}  // namespace halligan::prove
