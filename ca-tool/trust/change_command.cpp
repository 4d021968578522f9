// halligan trust apply, remove and rollback
#include <functional>

#include "base/log.hpp"
#include "ca/state_folder.hpp"
#include "command/exit_code.hpp"
#include "io/append_file.hpp"
#include "io/clock.hpp"
#include "io/folders.hpp"
#include "trust/change.hpp"
#include "trust/command.hpp"
#include "trust/report.hpp"
#include "trust/script.hpp"
#include "ui/confirm.hpp"
#include "ui/describe.hpp"

namespace halligan::trust {
namespace {

using MakePlan = std::function<Plan(const Facts&)>;

// One line more in trust.jsonl of the user's state folder.
Result<> keep_evidence(const ui::Json& evidence) {
  const auto folder = ca::StateFolder::around();
  if (!folder) return fail(Code::kUnreachable, "there is no state folder for the record of this change");
  HALLIGAN_CHECK(io::make_private_folders(*folder));
  HALLIGAN_TRY(auto file, io::AppendFile::open(*folder + "/trust.jsonl", [] {}));
  return file.append(as_bytes(ui::json_line(evidence)));
}

Result<int> change_one(const Host& host, const Wanted& wanted, const MakePlan& make,
                       const ChangeOptions& options, const std::vector<Canary>& canaries) {
  HALLIGAN_TRY(const std::string text, run_script(host, probe_script(wanted)));
  HALLIGAN_TRY(const Facts facts, parse_facts(text).in(host.shown()));
  Plan plan = make(facts);
  Proof proof{.deadline = options.deadline, .plan_again = make};
  if (!plan.changes.empty() && !host.local())
    proof.questions = choose_canaries(facts, wanted, canaries, plan);
  if (!options.output.json) HALLIGAN_CHECK(ui::print(plan_text(host, plan)));
  Change change;
  if (!plan.refusals.empty()) {
    change.outcome = Outcome::kRefused;
    change.why = plan.refusals.front().text;
  } else if (!plan.changes.empty()) {
    if (!options.yes) HALLIGAN_CHECK(ui::ask_for_yes("Change this host?", "chang"));
    HALLIGAN_TRY(change, carry_out(host, facts, wanted, plan, proof));
    if (auto kept = keep_evidence(evidence_json(host, facts, plan, change)); !kept)
      say("no record of this change: " + kept.error().message);
    if (!options.output.json) HALLIGAN_CHECK(ui::print(outcome_text(host, change)));
  }
  if (options.output.json) {
    ui::Json json = outcome_json(host, change);
    json["plan"] = plan_json(host, facts, plan);
    HALLIGAN_CHECK(ui::print(ui::json_line(json)));
  }
  if (change.outcome == Outcome::kLost) return command::exit_code(Code::kUnreachable);
  return change.outcome == Outcome::kKept || change.outcome == Outcome::kUnchanged ? 0 : 1;
}

Result<int> change_each(const Wanted& wanted, const ChangeOptions& options, const MakePlan& make) {
  // sshd is asked from where the admin sits, who sits here.
  if (options.hosts.local && !options.canaries.empty())
    return fail(Code::kUsage, "--canary and --local do not go together",
                "afterwards, from elsewhere: halligan prove HOST");
  HALLIGAN_TRY(const auto canaries, read_canaries(options.canaries, io::unix_seconds()));
  return each_host(options.hosts,
                   [&](const Host& host) { return change_one(host, wanted, make, options, canaries); });
}

}  // namespace

Result<int> apply_trust(const ChangeOptions& options) {
  HALLIGAN_TRY(const Wanted wanted, options.wanted());
  return change_each(wanted, options, [&wanted](const Facts& facts) { return plan_trust(facts, wanted); });
}

Result<int> remove_trust(const ChangeOptions& options) {
  HALLIGAN_TRY(const Wanted wanted, options.wanted());
  return change_each(wanted, options, [&wanted](const Facts& facts) { return plan_removal(facts, wanted); });
}

Result<int> roll_back(const ChangeOptions& options) {
  Wanted wanted{
      .authorities = {}, .accounts = {"root"}, .activate_pending = options.activate_pending, .list = {}};
  return change_each(wanted, options, [&wanted](const Facts& facts) {
    Plan plan = plan_rollback(facts);
    check_changes(facts, wanted, plan);
    return plan;
  });
}

}  // namespace halligan::trust
