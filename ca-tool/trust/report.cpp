#include "trust/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "io/clock.hpp"
#include "io/identity.hpp"
#include "ui/describe.hpp"

namespace halligan::trust {
namespace {

constexpr std::size_t kAround = 3;  // lines of context

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) out.push_back(next_line(text));
  return out;
}

std::string marked(char mark, std::string_view line) { return std::string(1, mark) + printable(line) + "\n"; }

std::string remark_rows(const std::vector<Remark>& remarks, std::string_view name, ui::Tone tone) {
  std::string out;
  for (const Remark& each : remarks) {
    out += ui::text_row(name, each.text, tone);
    if (!each.next.empty()) out += ui::text_row("", each.next);
  }
  return out;
}

ui::Json remarks_json(const std::vector<Remark>& remarks) {
  ui::Json out = ui::Json::array();
  for (const Remark& each : remarks)
    out.push_back({{"text", ui::json_text(each.text)}, {"next", ui::json_text(each.next)}});
  return out;
}

std::string_view outcome_word(Outcome outcome) {
  static constexpr std::array<std::string_view, 5> kWords{"unchanged", "applied", "refused", "taken back",
                                                          "lost"};
  return kWords[static_cast<std::size_t>(outcome)];
}

ui::Json asked_json(const Change& change) {
  ui::Json out = ui::Json::array();
  for (const Asked& each : change.asked) {
    out.push_back({{"account", ui::json_text(each.account)},
                   {"canary", ui::json_text(each.canary->file)},
                   {"ca", crypto::fingerprint(each.canary->certificate.body.ca)},
                   {"verdict", verdict_word(each.verdict)}});
  }
  return out;
}

ui::Json effective_json(const Facts& facts) {
  ui::Json out = ui::Json::object();
  for (const Account& account : facts.accounts) {
    ui::Json values = ui::Json::object();
    for (const auto& [keyword, value] : account.effective) {
      ui::Json& into = values[ui::json_text(keyword)];
      into = into.is_null() ? ui::json_text(value) : into.get<std::string>() + "\n" + ui::json_text(value);
    }
    out[ui::json_text(account.name)] = std::move(values);
  }
  return out;
}

}  // namespace

State state_of(const Plan& plan) {
  if (plan.changes.empty() && plan.refusals.empty()) return State::kYes;
  return plan.found ? State::kDrift : State::kNo;
}

std::string_view state_word(State state) {
  return state == State::kYes ? "yes" : state == State::kNo ? "no" : "drift";
}

std::string unified_diff(std::string_view path, std::string_view before, std::string_view after,
                         bool removed) {
  if (before == after && !removed) return {};
  const auto old = lines_of(before);
  const auto next = lines_of(after);
  const bool no_end = !before.empty() && !before.ends_with('\n');
  std::size_t head = 0;
  while (head < old.size() && head < next.size() && old[head] == next[head]) ++head;
  std::size_t tail = 0;
  while (tail + head < old.size() && tail + head < next.size() &&
         old[old.size() - 1 - tail] == next[next.size() - 1 - tail])
    ++tail;
  // A line that gains its newline has changed.
  if (no_end && head == old.size() && head > 0) --head, tail = 0;
  const std::size_t from = head - std::min(head, kAround);
  const std::size_t after_count = std::min(tail, kAround);
  const auto range = [&](std::size_t count) {
    const std::size_t lines = count - tail - from + after_count;
    return fmt::format("{},{}", lines == 0 ? from : from + 1, lines);
  };
  std::string out = fmt::format("--- {}\n+++ {}\n", before.empty() ? "/dev/null" : printable(path),
                                removed ? "/dev/null" : printable(path));
  out += fmt::format("@@ -{} +{} @@\n", range(old.size()), range(next.size()));
  for (std::size_t i = from; i < head; ++i) out += marked(' ', old[i]);
  for (std::size_t i = head; i < old.size() - tail; ++i) {
    out += marked('-', old[i]);
    if (no_end && i + 1 == old.size()) out += "\\ No newline at end of file\n";
  }
  for (std::size_t i = head; i < next.size() - tail; ++i) out += marked('+', next[i]);
  for (std::size_t i = 0; i < after_count; ++i) out += marked(' ', old[old.size() - tail + i]);
  return out;
}

std::string plan_text(const Host& host, const Plan& plan) {
  std::string out = ui::text_row("Host", host.shown());
  out += remark_rows(plan.refusals, "Refused", ui::Tone::kAlarm);
  out += remark_rows(plan.remarks, "Note", ui::Tone::kWarning);
  if (plan.changes.empty()) {
    if (plan.refusals.empty()) out += ui::text_row("Plan", "nothing to change");
    return out;
  }
  for (const FileChange& each : plan.changes) {
    if (each.action == Action::kRestore) {
      out += ui::text_row("Restore", printable(each.path));
      continue;
    }
    const bool list = each.action == Action::kWriteList;
    if (list || (each.text.empty() && each.old_text.empty())) {
      out += ui::text_row(
          each.action == Action::kRemove ? "Remove"
          : list                         ? "List"
                                         : "Make",
          printable(each.path) + (list ? fmt::format(", {} bytes", each.text.size()) : ", empty"));
      continue;
    }
    out += unified_diff(each.path, each.old_text, each.text, each.action == Action::kRemove);
  }
  for (const Effect& each : plan.effects) {
    out += ui::text_row("Account", fmt::format("{}: {} {} → {}", printable(each.account), each.keyword,
                                               printable(each.before), printable(each.after)));
  }
  out += ui::text_row("Reload", plan.reloads() ? "yes" : "no");
  return out;
}

ui::Json plan_json(const Host& host, const Facts& facts, const Plan& plan) {
  ui::Json changes = ui::Json::array();
  for (const FileChange& each : plan.changes) {
    static constexpr std::array<std::string_view, 4> kActions{"write", "write", "remove", "restore"};
    const bool text = each.action == Action::kWrite || each.action == Action::kRemove;
    changes.push_back({{"path", ui::json_text(each.path)},
                       {"action", kActions[static_cast<std::size_t>(each.action)]},
                       {"diff", text ? ui::json_text(unified_diff(each.path, each.old_text, each.text,
                                                                  each.action == Action::kRemove))
                                     : ""}});
  }
  ui::Json effects = ui::Json::array();
  for (const Effect& each : plan.effects) {
    effects.push_back({{"account", ui::json_text(each.account)},
                       {"keyword", each.keyword},
                       {"before", ui::json_text(each.before)},
                       {"after", ui::json_text(each.after)}});
  }
  return {{"host", ui::json_text(host.shown())},     {"state", state_word(state_of(plan))},
          {"sshd", ui::json_text(facts.version)},    {"changes", std::move(changes)},
          {"effects", std::move(effects)},           {"reload", plan.reloads()},
          {"refusals", remarks_json(plan.refusals)}, {"notes", remarks_json(plan.remarks)}};
}

std::string outcome_text(const Host& host, const Change& change) {
  const std::string name = host.shown();
  std::string out;
  for (const Asked& each : change.asked) {
    out += ui::text_row("Canary", fmt::format("{} for {}: {}", printable(each.canary->file),
                                              printable(each.account), verdict_word(each.verdict)));
  }
  switch (change.outcome) {
    case Outcome::kUnchanged:
      break;
    case Outcome::kKept:
      out += ui::text_row("Applied", name + (change.login ? ", a new login works" : ", no login was tried"));
      if (change.asked.empty()) out += ui::text_row("Proof", "none: no certificate was named with --canary");
      break;
    case Outcome::kRefused:
      out += ui::text_row("Refused", name + ": " + change.why + "; nothing was changed", ui::Tone::kAlarm);
      break;
    case Outcome::kTakenBack:
      out += ui::text_row("Taken back", name + ": " + change.why, ui::Tone::kAlarm);
      break;
    case Outcome::kLost:
      out += ui::text_row("Lost", name + ": " + change.why + "; it is taken back at the deadline",
                          ui::Tone::kAlarm);
      break;
  }
  return out;
}

ui::Json outcome_json(const Host& host, const Change& change) {
  ui::Json out{{"host", ui::json_text(host.shown())},
               {"outcome", outcome_word(change.outcome)},
               {"transaction", change.transaction},
               {"why", ui::json_text(change.why)}};
  if (change.login) out["login"] = *change.login;
  out["asked"] = asked_json(change);
  return out;
}

ui::Json evidence_json(const Host& host, const Facts& before, const Plan& plan, const Change& change) {
  ui::Json out = outcome_json(host, change);
  ui::put_moment(out, "time", io::unix_seconds());
  out["by"] = ui::json_text(io::user_name() + "@" + io::machine_name());
  out["name"] = ui::json_text(before.host);
  out["unit"] = before.daemons.empty() ? "" : ui::json_text(before.daemons.front().unit);
  out["arguments"] = before.daemons.empty() ? "" : ui::json_text(before.daemons.front().arguments);
  out["sshd"] = ui::json_text(before.version);
  out["host_keys"] = before.host_keys;
  ui::Json files = ui::Json::array();
  for (const FileChange& each : plan.changes)
    files.push_back({{"path", ui::json_text(each.path)}, {"before", ui::json_text(each.before)}});
  out["files"] = std::move(files);
  ui::Json steps = ui::Json::array();
  for (const Step& each : change.steps) {
    ui::Json step{{"step", ui::json_text(each.name)}};
    ui::put_moment(step, "time", each.time);
    steps.push_back(std::move(step));
  }
  out["steps"] = std::move(steps);
  out["before"] = effective_json(before);
  if (change.after) out["after"] = effective_json(*change.after);
  return out;
}

}  // namespace halligan::trust
