#include "drill/report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "ui/describe.hpp"

namespace halligan::drill {
namespace {

constexpr std::size_t kWidestHost = 32;
constexpr std::size_t kLogIndent = 4;

}  // namespace

std::string summary(const Drill& drill) {
  const auto opened = std::ranges::count(drill.hosts, Outcome::kOpened, &DrilledHost::outcome);
  const auto missing = std::ranges::count(drill.hosts, Alert::kMissing, &DrilledHost::alert);
  std::string text =
      fmt::format("{} of {} host{} opened", opened, drill.hosts.size(), drill.hosts.size() == 1 ? "" : "s");
  if (missing != 0) text += fmt::format(", {} alert{} missing", missing, missing == 1 ? "" : "s");
  const auto unlogged = std::ranges::count_if(
      drill.hosts, [](const DrilledHost& host) { return host.log && !host.log->seen(); });
  if (unlogged != 0) text += fmt::format(", {} not in the host's log", unlogged);
  if (!drill.broken_off.empty()) text += ", broken off: " + drill.broken_off;
  return text;
}

std::string seconds_words(std::uint64_t milliseconds) {
  return fmt::format("{}.{:02} s", milliseconds / 1000, milliseconds % 1000 / 10);
}

std::string steps_words(const std::vector<Step>& steps) {
  std::vector<std::string> words;
  for (const Step& each : steps) words.push_back(each.name + " " + seconds_words(each.milliseconds));
  return ui::joined(words);
}

std::string outcome_words(const DrilledHost& host) {
  std::string words(outcome_word(host.outcome));
  std::ranges::replace(words, '-', ' ');
  if (host.log)
    words +=
        host.log->seen() ? ", logged after " + seconds_words(host.log->milliseconds) : ", not in its log";
  if (host.alert != Alert::kNotAsked) words += fmt::format(", alert {}", alert_word(host.alert));
  return words;
}

std::vector<Fact> facts(const SignedDrill& shown) {
  const Drill& drill = shown.drill;
  std::vector<Fact> found{
      {"Kind", drill.kind},
      {"Operator", drill.operated_by},
      {"Witness", drill.witness},
      {"Approval", drill.approval},
      {"Reason", drill.reason},
      {"Seals", ui::joined(drill.seals)},
      {"New seals", ui::joined(drill.new_seals)},
      {"Key ID", drill.key_id},
      {"Serial", std::to_string(drill.serial)},
      {"Principals", ui::joined(drill.principals)},
      {"CA", drill.ca},
      {"Counter", drill.counter ? std::to_string(*drill.counter) : ""},
  };
  std::erase_if(found, [](const Fact& each) { return each.value.empty(); });
  for (const std::string& each : drill.findings) found.push_back({"Finding", each});
  found.push_back({"Next due", ui::moment_words(drill.next_due)});
  for (const DrillSignature& each : shown.signatures) found.push_back({"Signed", to_text(each), each.good()});
  if (shown.signatures.empty()) found.push_back({"Signed", "no"});
  return found;
}

std::string to_text(const SignedDrill& shown) {
  const Drill& drill = shown.drill;
  std::string text = ui::text_row("Drill", fmt::format("{}, {}", drill.number, drill.kind));
  text += ui::text_row("Began", ui::moment_words(drill.began / 1000));
  // First who did it with which certificate; after the hosts what follows from it.
  const std::vector<Fact> all = facts(shown);
  const auto afterwards = std::ranges::find_if(
      all, [](const Fact& each) { return each.name == "Finding" || each.name == "Next due"; });
  for (auto each = all.begin(); each != afterwards; ++each)
    if (each->name != "Kind") text += ui::foreign_row(each->name, each->value);
  text += ui::text_row("Steps", steps_words(drill.steps));
  std::size_t width = 4;
  for (const DrilledHost& each : drill.hosts)
    width = std::max(width, code_points(as_bytes(fitted(each.host, kWidestHost))));
  for (const DrilledHost& each : drill.hosts) {
    const std::string host = fitted(each.host, kWidestHost);
    const std::string padding(width - code_points(as_bytes(host)), ' ');
    text += fmt::format("{}{}  {}\n", host, padding,
                        ui::toned(each.good() ? ui::Tone::kPlain : ui::Tone::kAlarm, outcome_words(each)));
    for (const std::string& row : {each.detail, each.sshd, steps_words(each.steps)})
      if (!row.empty()) text += "    " + one_line(row) + "\n";
    if (each.log && each.log->seen())
      text += ui::foreign_row("Log", each.log->line, ui::Tone::kPlain, kLogIndent);
  }
  for (auto each = afterwards; each != all.end(); ++each)
    text += ui::foreign_row(each->name, each->value,
                            each->good.value_or(true) ? ui::Tone::kPlain : ui::Tone::kAlarm);
  return text + (drill.passed() ? "passed: " : "FAILED: ") + summary(drill) + "\n";
}

ui::Json to_json(const SignedDrill& shown) {
  const Drill& drill = shown.drill;
  ui::Json json{{"record", drill.number}, {"passed", drill.passed()}};
  json.update(drill_json(drill));
  json.erase("began");
  json.erase("valid_after");
  json.erase("valid_before");
  json.erase("next_due");
  ui::put_moment(json, "began", drill.began / 1000);
  ui::put_moment(json, "ended", drill.ended());
  ui::put_validity(json, drill.valid_after, drill.valid_before);
  ui::put_moment(json, "next_due", drill.next_due);
  json["signatures"] = ui::Json::array();
  for (const DrillSignature& each : shown.signatures) json["signatures"].push_back(to_json(each));
  return json;
}

std::string to_text(const Status& status, std::uint64_t now) {
  std::string text =
      ui::text_row("Drills", status_words(status, now), status.good() ? ui::Tone::kPlain : ui::Tone::kAlarm);
  if (!status.last) return text;
  text += ui::text_row("Last", ui::moment_words(status.last->ended()) + ", " + status.last->kind);
  text += ui::text_row("", summary(*status.last));
  text += ui::text_row("Next due", ui::moment_words(status.due));
  return text + ui::text_row("Record", printable(status.file)) + ui::text_row("Head", status.head);
}

ui::Json to_json(const Status& status, std::uint64_t) {
  ui::Json json{{"state", state_word(status.state)}, {"good", status.good()}};
  json["changes"] = status.changes;
  if (!status.last) return json;
  ui::put_moment(json, "last", status.last->ended());
  json["passed"] = status.last->passed();
  ui::put_moment(json, "next_due", status.due);
  ui::put_text(json, "file", status.file);
  json["head"] = status.head;
  return json;
}

}  // namespace halligan::drill
