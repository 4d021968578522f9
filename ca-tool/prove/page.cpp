// The page of prove.
#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "io/clock.hpp"
#include "prove/report.hpp"
#include "ui/page.hpp"

namespace halligan::prove {
namespace {

using ui::html_text;

constexpr std::string_view kStyle = R"(
table.map { width: auto; max-width: 100%; margin-bottom: 1.5rem; }
table.map thead th { white-space: normal; vertical-align: bottom; max-width: 14rem; overflow-wrap: anywhere; }
table.map tbody th { min-width: 0; }
td.good { color: var(--good); } td.unknown { color: var(--odd); background: var(--odd-ground); }
td.wrong { color: var(--bad); background: var(--bad-ground); font-weight: 600; }
td[data-name="CA"], td[data-name="Account"] { min-width: 9rem; }
@media (max-width: 960px) { td[data-name] { min-width: 0; } }
)";

std::string why(const Answer& answer, std::uint64_t now) {
  std::string out;
  for (const std::string& row : {answer.detail, check_words(answer.check), drill_words(answer.drilled, now)})
    if (!row.empty()) out += (out.empty() ? "" : "<br>") + html_text(row);
  const std::string next = html_text(one_line(next_step(answer)));
  return next.empty() ? out : out + "<br>Next: <code>" + next + "</code>";
}

std::string row(const Answer& answer, std::uint64_t now) {
  const std::string_view kind = answer.wrong() ? "wrong" : answer.good() ? "good" : "unknown";
  return fmt::format(
      "<tr class=\"{}\"><th scope=\"row\">{}</th><td class=\"answer\" data-name=\"Answer\">{}</td>"
      "<td data-name=\"Account\">{}</td><td data-name=\"CA\">{}</td><td class=\"why\" "
      "data-name=\"Why\">{}</td></tr>\n",
      kind, html_text(printable(answer.target.name)), html_text(answer_words(answer)),
      html_text(printable(answer.account)), html_text(answer.canary->authority()), why(answer, now));
}

std::string cell_words(const Cell& cell) {
  std::string text(state_words(cell.state));
  if (cell.good()) {
    const int grade = static_cast<int>(cell.state) - static_cast<int>(Cell::State::kAccepted) + 1;
    text = fmt::format("{}: {}", grade, text);
  }
  return cell.by_snapshot ? text + ", by its snapshot alone" : text;
}

std::string_view cell_kind(const Cell& cell) {
  if (cell.good()) return "good";
  return cell.by_snapshot || cell.state == Cell::State::kNoCanary || cell.state == Cell::State::kUnknown
             ? "unknown"
             : "wrong";
}

// Which host does not take which CA. Of one CA and one account the answers say as much.
std::string map(const Coverage& coverage) {
  const auto& rows = coverage.rows;
  const bool several =
      std::ranges::any_of(rows, [&](const auto& each) { return each.account != rows[0].account; });
  if (coverage.cas.size() < 2 && !several) return {};
  std::string head;
  for (const CoveredCa& each : coverage.cas)
    head +=
        fmt::format("<th scope=\"col\">{}: {} of {}</th>", html_text(each.words()), each.good, rows.size());
  std::string body;
  for (const CoveredAccount& each : rows) {
    body += fmt::format("<tr><th scope=\"row\">{}</th><td data-name=\"Account\">{}</td>",
                        html_text(printable(each.target.name)), html_text(printable(each.account)));
    for (std::size_t i = 0; i < coverage.cas.size(); ++i)
      body += fmt::format("<td class=\"{}\" data-name=\"{}\">{}</td>", cell_kind(each.cells[i]),
                          html_text(coverage.cas[i].words()), cell_words(each.cells[i]));
    body += "</tr>\n";
  }
  std::string next;
  for (const std::string& each : missing_canaries(coverage))
    next += fmt::format("<p>Next: <code>{}</code></p>\n", html_text(one_line(each)));
  return fmt::format(R"(<table class="map">
<caption>Which host takes which CA for which account; gaps come first</caption>
<thead><tr><th scope="col">Host</th><th scope="col">Account</th>{}</tr></thead>
<tbody>
{}</tbody>
</table>
{})",
                     head, body, next);
}

}  // namespace

std::string to_html(const std::vector<Answer>& answers, const Coverage& coverage, std::uint64_t now) {
  const bool all = std::ranges::all_of(answers, &Answer::good);
  std::string rows;
  for (const Answer& each : answers) rows += row(each, now);
  return ui::html_page(
      all ? "Emergency access: all as it should be" : "Emergency access: attention", kStyle,
      fmt::format(
          R"(<h1>Emergency access</h1>
<p class="state">{}</p>
<p>Asked on <time datetime="{}">{}</time>. Grade 1: sshd would accept the key of the emergency CA, which
does not prove that the account gets in. Grade 2: what the host said of its configuration lets it in, too. Grade 3:
the last drill was in. A revoked canary has to be refused.</p>
{}<table>
<caption>One row for each host, account and CA; what is wrong comes first</caption>
<thead><tr><th scope="col">Host</th><th scope="col">Answer</th><th scope="col">Account</th><th scope="col">CA</th><th scope="col">Why</th></tr></thead>
<tbody>
{}</tbody>
</table>
)",
          html_text(summary(answers)), io::format_utc(now), io::format_local(now), map(coverage), rows));
}

}  // namespace halligan::prove
