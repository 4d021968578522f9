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
td[data-name="CA"] { min-width: 7rem; }
@media (max-width: 960px) { td[data-name="CA"] { min-width: 0; } }
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
  return ui::html_page(all ? "Emergency access: all as it should be" : "Emergency access: attention", kStyle,
                       fmt::format(
                           R"(<h1>Emergency access</h1>
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
)",
                           html_text(summary(answers)), io::format_utc(now), io::format_local(now), rows));
}

}  // namespace halligan::prove
