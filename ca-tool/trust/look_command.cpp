// halligan trust plan, halligan trust status
#include "trust/change.hpp"
#include "trust/command.hpp"
#include "trust/report.hpp"
#include "trust/script.hpp"
#include "ui/describe.hpp"

namespace halligan::trust {
namespace {

Result<Facts> look_at(const Host& host, const Wanted& wanted) {
  HALLIGAN_TRY(const std::string text, run_script(host, probe_script(wanted)));
  return parse_facts(text).in(host.shown());
}

Result<int> plan_one(const Host& host, const Wanted& wanted, const PlanOptions& options) {
  HALLIGAN_TRY(const Facts facts, look_at(host, wanted));
  const Plan plan = plan_trust(facts, wanted);
  if (options.sh && plan.refusals.empty()) {
    if (plan.changes.empty()) {
      HALLIGAN_CHECK(ui::print("#!/bin/sh\n# halligan trust: nothing to change\n"));
      return 0;
    }
    HALLIGAN_CHECK(ui::print(apply_script(facts, plan, "by-hand-" + std::to_string(facts.time), 120)));
    return 0;
  }
  HALLIGAN_CHECK(
      ui::print(options.output.json ? ui::json_line(plan_json(host, facts, plan)) : plan_text(host, plan)));
  return plan.refusals.empty() ? 0 : 1;
}

Result<int> status_of(const Host& host, const Wanted& wanted, const TrustOptions& options) {
  HALLIGAN_TRY(const Facts facts, look_at(host, wanted));
  const Plan plan = plan_trust(facts, wanted);
  const State state = state_of(plan);
  if (options.output.json) {
    HALLIGAN_CHECK(ui::print(ui::json_line(plan_json(host, facts, plan))));
  } else {
    HALLIGAN_CHECK(ui::print(ui::text_row("Host", host.shown()) +
                             ui::text_row("In force", std::string(state_word(state)))));
    std::string text;
    for (const Remark& each : plan.refusals) text += ui::text_row("Obstacle", each.text, ui::Tone::kAlarm);
    if (state == State::kDrift)
      for (const FileChange& each : plan.changes) text += ui::text_row("Differs", printable(each.path));
    HALLIGAN_CHECK(ui::print(text));
  }
  return state == State::kYes ? 0 : 1;
}

}  // namespace

Result<int> show_plan(const PlanOptions& options) {
  HALLIGAN_TRY(const Wanted wanted, options.wanted());
  if (options.cloud_init || options.nixos) {
    HALLIGAN_CHECK(ui::print(options.nixos ? nixos_snippet(wanted) : cloud_init_snippet(wanted)));
    return 0;
  }
  return each_host(options.hosts, [&](const Host& host) { return plan_one(host, wanted, options); });
}

Result<int> show_status(const TrustOptions& options) {
  HALLIGAN_TRY(const Wanted wanted, options.wanted());
  return each_host(options.hosts, [&](const Host& host) { return status_of(host, wanted, options); });
}

}  // namespace halligan::trust
