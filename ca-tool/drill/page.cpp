// The page of drills: the state, and for each drill its timeline, its hosts and who was there.
#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "drill/report.hpp"
#include "io/clock.hpp"
#include "ui/describe.hpp"
#include "ui/page.hpp"

namespace halligan::drill {
namespace {

using ui::html_text;

// A bar is an SVG of its own beside its name, so that names keep their size on a telephone. Steps differ in
// their places and names, not in colour alone.
constexpr std::string_view kStyle = R"(
:root { --track: #eef1f4; --a: #0b5cad; --b: #7b3fa0; --gap: #fff; }
@media (prefers-color-scheme: dark) { :root { --track: #1c232c; --a: #6cb2ff; --b: #c99bea; --gap: #0d1117; } }
section { border-top: 2px solid var(--line); margin-top: 1.5rem; padding-top: 1rem; }
h2 { font-size: 1.2rem; margin: 0 0 .25rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem .75rem; margin: 0 0 1rem; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
dd.bad { color: var(--bad); font-weight: 600; }
ol.time { list-style: none; margin: 0 0 1rem; padding: 0; }
ol.time li { display: grid; grid-template-columns: minmax(6rem, 14rem) 1fr; gap: .75rem; margin: .35rem 0; }
ol.time span { overflow-wrap: anywhere; }
ol.time svg { width: 100%; height: 1.4rem; display: block; }
rect.track { fill: var(--track); } rect.step { fill: var(--a); stroke: var(--gap); stroke-width: 1;
  vector-effect: non-scaling-stroke; }
rect.step:nth-of-type(odd) { fill: var(--b); } rect.failure { fill: var(--bad) !important; }
p { overflow-wrap: anywhere; } table { margin-bottom: 1rem; }
@media (min-width: 961px) { td { overflow-wrap: anywhere; } td.answer { white-space: normal; min-width: 10rem; }
  td[data-name=Address] { min-width: 14rem; } td.why { min-width: 24rem; } }
@media (max-width: 600px) { ol.time li { grid-template-columns: 1fr; gap: .1rem; } }
)";

constexpr double kWidth = 1000;  // of a bar, in its own units

std::uint64_t whole_time(const Drill& drill) {
  std::uint64_t end = 1;
  const auto look = [&end](const std::vector<Step>& steps) {
    for (const Step& each : steps) end = std::max(end, each.began + each.milliseconds);
  };
  look(drill.steps);
  for (const DrilledHost& each : drill.hosts) look(each.steps);
  return end;
}

std::string bar(const std::string& name, const std::vector<Step>& steps, std::uint64_t whole) {
  const auto place = [whole](std::uint64_t time) {
    return static_cast<double>(time) / static_cast<double>(whole) * kWidth;
  };
  std::string rects;
  for (const Step& each : steps) {
    // What took no time is seen, too.
    const double width = std::max(place(each.milliseconds), 2.0);
    rects += fmt::format(
        "<rect class=\"step {}\" x=\"{:.1f}\" y=\"2\" width=\"{:.1f}\" height=\"16\"><title>{}: "
        "{}</title></rect>",
        each.name == "failure" ? "failure" : "well", std::min(place(each.began), kWidth - width), width,
        html_text(each.name), seconds_words(each.milliseconds));
  }
  return fmt::format(
      "<li><span>{}</span><svg role=\"img\" aria-label=\"{}\" viewBox=\"0 0 1000 20\" "
      "preserveAspectRatio=\"none\"><rect class=\"track\" width=\"1000\" height=\"20\"/>{}</svg></li>\n",
      html_text(name), html_text(steps_words(steps)), rects);
}

std::string list_of_facts(const SignedDrill& shown) {
  std::string out;
  for (const Fact& each : facts(shown))
    out += fmt::format("<dt>{}</dt><dd{}>{}</dd>\n", each.name,
                       each.good ? (*each.good ? " class=\"good\"" : " class=\"bad\"") : "",
                       html_text(each.value));
  return out;
}

std::string row(const DrilledHost& host) {
  std::string why = html_text(host.detail);
  for (const std::string& each : {host.sshd, host.log ? host.log->line : "", steps_words(host.steps)})
    if (!each.empty()) why += (why.empty() ? "" : "<br>") + html_text(each);
  return fmt::format(
      "<tr class=\"{}\"><th scope=\"row\">{}</th><td class=\"answer\" data-name=\"Outcome\">{}</td>"
      "<td data-name=\"Address\">{}</td><td class=\"why\" data-name=\"Details\">{}</td></tr>\n",
      host.good() ? "good" : "wrong", html_text(host.host), html_text(outcome_words(host)),
      html_text(host.address), why);
}

std::string section(const SignedDrill& shown) {
  const Drill& drill = shown.drill;
  const std::uint64_t whole = whole_time(drill);
  std::string bars = bar("certificate", drill.steps, whole);
  std::string rows;
  for (const DrilledHost& each : drill.hosts) {
    bars += bar(each.host, each.steps, whole);
    rows += row(each);
  }
  return fmt::format(
      R"(<section>
<h2>Drill {} of <time datetime="{}">{}</time></h2>
<p class="state">{}: {}</p>
<p>Timeline, from the command to the last answer: {}</p>
<ol class="time">
{}</ol>
<table>
<caption>One row for each host, in the order of the logins</caption>
<thead><tr><th scope="col">Host</th><th scope="col">Outcome</th><th scope="col">Address</th><th scope="col">Details</th></tr></thead>
<tbody>
{}</tbody>
</table>
<dl>
{}</dl>
</section>
)",
      drill.number, io::format_utc(drill.began / 1000), io::format_local(drill.began / 1000),
      drill.passed() ? "Passed" : "Failed", html_text(summary(drill)), seconds_words(whole), bars, rows,
      list_of_facts(shown));
}

}  // namespace

std::string to_html(const std::vector<SignedDrill>& drills, const Status& status, std::uint64_t now) {
  std::string sections;
  for (const SignedDrill& each : drills) sections += section(each);
  return ui::html_page(
      status.good() ? "Emergency drills: as it should be" : "Emergency drills: attention", kStyle,
      fmt::format("<h1>Emergency drills</h1>\n<p class=\"state\">{}</p>\n<p>Written on <time "
                  "datetime=\"{}\">{}</time>. Head of the records: <code style=\"overflow-wrap: "
                  "anywhere\">{}</code></p>\n{}",
                  html_text(status_words(status, now)), io::format_utc(now), io::format_local(now),
                  status.head, sections));
}

}  // namespace halligan::drill
