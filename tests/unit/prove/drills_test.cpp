#include "prove/drills.hpp"

#include <catch2/catch.hpp>
#include <functional>

#include "crypto/digest.hpp"
#include "unit/ssh/vectors.hpp"

using namespace halligan;
using ledger::drills::Drill;
using ledger::drills::DrilledHost;
using ledger::drills::DrillLog;
using ledger::drills::Outcome;
using prove::Check;

namespace {

constexpr std::uint64_t kNow = 1'800'000'000;
constexpr std::uint64_t kDay = 86400;

const ssh::PublicKey& ca() {
  static const ssh::PublicKey key = ssh::vector_key("ed25519");
  return key;
}

DrilledHost host(Outcome outcome = Outcome::kOpened) {
  DrilledHost out;
  out.host = "web1";
  out.account = "ann";
  out.name = "web1.example.com";
  out.host_key = "SHA256:key";
  out.outcome = outcome;
  return out;
}

Drill drill(std::uint64_t time, std::vector<DrilledHost> hosts) {
  Drill out;
  out.time = time * 1000;
  out.ca = crypto::fingerprint(ca());
  out.hosts = std::move(hosts);
  return out;
}

// What is asked of a host that a drill opened ten days ago.
struct World {
  prove::Canary canary{{{.subject = ca(), .ca = ca()}, {}}, {"ann", false}, "blue"};
  prove::Answer answer{{"web1.example.com", "web1.example.com"}, "ann", &canary, prove::Verdict::kYes};
  prove::DrillsOnRecord drills{{{"ca.drills", {drill(kNow - 10 * kDay, {host()})}, ""}}};
  prove::DrillOptions options{};
  ca::Configuration configuration{};

  World() { answer.host_key = "SHA256:key"; }

  std::vector<Drill>& chain() { return drills.logs[0].drills; }
  DrilledHost& drilled() { return chain()[0].hosts[0]; }
  void snapshot(Check::Result result, std::uint64_t taken, std::string rule = {}) {
    answer.check = {.result = result, .rule = std::move(rule), .taken = taken, .looked = true};
  }
  void look() {
    std::vector<prove::Answer> answers{answer};
    prove::count_drills(answers, drills, options, configuration, kNow);
    answer = answers[0];
  }
};

struct Row {
  std::string name;
  std::function<void(World&)> change;
  std::string rule;  // empty: grade 3
};

}  // namespace

TEST_CASE("a drill that opened a host gives it the third grade, and nothing else does") {
  const auto row = GENERATE(values<Row>({
      {"as it is", [](World&) {}, ""},
      {"asked for by the name that was typed", [](World& w) { w.answer.target = {"web1", "web1"}; }, ""},
      {"typed with an account", [](World& w) { w.drilled().host = "ann@web1", w.drilled().name = "x", w.answer.target = {"web1", "web1"}; }, ""},
      {"typed as a URI", [](World& w) { w.drilled().host = "ssh://ann@web1:22", w.drilled().name = "x", w.answer.target = {"web1", "web1"}; }, ""},
      {"no drill", [](World& w) { w.drills.logs.clear(); }, "no-drill"},
      {"another CA", [](World& w) { w.chain()[0].ca = "SHA256:other"; }, "no-drill"},
      {"another account", [](World& w) { w.drilled().account = "root"; }, "no-drill"},
      {"another host", [](World& w) { w.drilled().host = w.drilled().name = "web2", w.drilled().host_key = "SHA256:other"; }, "no-drill"},
      {"another host with the same key", [](World& w) { w.drilled().host = w.drilled().name = "web2"; }, "drill-of-another-name"},
      {"another port", [](World& w) { w.drilled().port = 2222; }, "drill-of-another-name"},
      {"another key", [](World& w) { w.drilled().host_key = "SHA256:other"; }, "drill-of-another-key"},
      {"no key noted", [](World& w) { w.drilled().host_key = ""; }, "drill-of-another-key"},
      {"no key on either side", [](World& w) { w.drilled().host_key = w.answer.host_key = ""; }, "drill-of-another-key"},
      {"refused", [](World& w) { w.drilled().outcome = Outcome::kRefused; }, "drill-failed"},
      {"something else answered", [](World& w) { w.drilled().outcome = Outcome::kNoProof; }, "drill-failed"},
      {"no alert", [](World& w) { w.drilled().alert = ledger::drills::Alert::kMissing; }, ""},
      {"refused since", [](World& w) { w.chain().push_back(drill(kNow - kDay, {host(Outcome::kRefused)})); }, "drill-failed"},
      {"not reached since, by no key", [](World& w) { w.chain().push_back(drill(kNow - kDay, {host(Outcome::kUnreachable)})), w.chain()[1].hosts[0].host_key = ""; }, "drill-failed"},
      {"a newer drill that was broken off before", [](World& w) { w.chain().push_back(drill(kNow - kDay, {host(Outcome::kNotReached)})); }, ""},
      {"broken off, and never opened", [](World& w) { w.drilled().outcome = Outcome::kNotReached; }, "no-drill"},
      {"refused since, under another name", [](World& w) { w.chain().push_back(drill(kNow - kDay, {host(Outcome::kRefused)})), w.chain()[1].hosts[0].host = w.chain()[1].hosts[0].name = "x"; }, "drill-failed"},
      {"another port refused since", [](World& w) { w.chain().push_back(drill(kNow - kDay, {host(Outcome::kRefused)})), w.chain()[1].hosts[0].port = 2222; }, ""},
      {"opened since", [](World& w) { w.drilled().outcome = Outcome::kRefused, w.chain().push_back(drill(kNow - kDay, {host()})); }, ""},
      {"twice in one drill", [](World& w) { w.chain()[0].hosts.push_back(host(Outcome::kRefused)); }, "drill-failed"},
      {"twice in one drill, the other way", [](World& w) { w.chain()[0].hosts.insert(w.chain()[0].hosts.begin(), host(Outcome::kRefused)); }, "drill-failed"},
      {"a newer drill of another host", [](World& w) { w.chain().push_back(drill(kNow - kDay, {host()})), w.chain()[1].hosts[0].account = "eve"; }, ""},
      {"a copy says that it failed since", [](World& w) { w.drills.logs.push_back({"copy", {drill(kNow - kDay, {host(Outcome::kRefused)})}, ""}); }, "drill-failed"},
      {"a copy says so of the same time", [](World& w) { w.drills.logs.push_back({"copy", {drill(kNow - 10 * kDay, {host(Outcome::kRefused)})}, ""}); }, "drill-failed"},
      {"an older copy says that it failed", [](World& w) { w.drills.logs.push_back({"copy", {drill(kNow - 20 * kDay, {host(Outcome::kRefused)})}, ""}); }, ""},
      {"90 days", [](World& w) { w.chain()[0].time = (kNow - 90 * kDay) * 1000; }, ""},
      {"91 days", [](World& w) { w.chain()[0].time = (kNow - 91 * kDay) * 1000; }, "old-drill"},
      {"older than was typed", [](World& w) { w.options.days = 9; }, "old-drill"},
      {"as old as was typed", [](World& w) { w.options.days = 10; }, ""},
      {"a record that cannot be used", [](World& w) { w.drills.fault = "damaged"; }, "drill-record"},
      // A clock that was changed makes nothing younger.
      {"of the future", [](World& w) { w.chain()[0].time = (kNow + 301) * 1000; }, "drill-of-the-future"},
      {"of a moment ago, by a clock that is a little ahead", [](World& w) { w.chain()[0].time = (kNow + 300) * 1000; }, ""},
      {"another one of the future", [](World& w) { w.chain().push_back(drill(kNow + kDay, {})); }, "drill-of-the-future"},
      {"followed by an older one", [](World& w) { w.chain().push_back(drill(kNow - 100 * kDay, {})); }, "old-drill"},
      {"failed, by an older clock", [](World& w) { w.chain().push_back(drill(kNow - 20 * kDay, {host(Outcome::kRefused)})); }, "drill-failed"},
      // What a snapshot found is stronger, as far as it is newer.
      {"closed now", [](World& w) { w.snapshot(Check::Result::kNo, kNow); }, "closed-since"},
      {"closed before the drill", [](World& w) { w.snapshot(Check::Result::kNo, kNow - 20 * kDay); }, "closed-since"},
      {"checked", [](World& w) { w.snapshot(Check::Result::kYes, kNow); }, ""},
      {"not known since", [](World& w) { w.snapshot(Check::Result::kUnknown, kNow, "pam"); }, "open-since"},
      {"not known before", [](World& w) { w.snapshot(Check::Result::kUnknown, kNow - 20 * kDay, "pam"); }, ""},
      {"an edit that was not loaded", [](World& w) { w.snapshot(Check::Result::kUnknown, kNow - 20 * kDay, "pending"); }, "open-since"},
      {"no snapshot", [](World& w) { w.answer.check = {.result = Check::Result::kUnknown, .rule = "no-snapshot"}; }, ""},
      {"root without a snapshot", [](World& w) { w.answer.account = w.drilled().account = "root"; }, "root-not-settled"},
      {"root with an old one", [](World& w) { w.answer.account = w.drilled().account = "root", w.answer.check = {.result = Check::Result::kUnknown, .rule = "old-snapshot", .taken = 1}; }, "root-not-settled"},
      {"root with a snapshot", [](World& w) { w.answer.account = w.drilled().account = "root", w.snapshot(Check::Result::kYes, kNow); }, ""},
      {"root, and a step that the drill settled", [](World& w) { w.answer.account = w.drilled().account = "root", w.snapshot(Check::Result::kUnknown, kNow - 20 * kDay, "pam"); }, ""},
  }));
  World world;
  row.change(world);
  const Check::Result checked = world.answer.check.result;
  world.look();
  CAPTURE(row.name);
  CHECK(world.answer.drilled.rule == row.rule);
  CHECK(world.answer.drilled.opened == row.rule.empty());
  CHECK(world.answer.grade() == (row.rule.empty() ? 3 : checked == Check::Result::kYes ? 2 : 1));
  CHECK(world.answer.drilled.why.empty() == row.rule.empty());
}

TEST_CASE("only a yes of a canary that is not revoked can have the third grade") {
  const auto verdict = GENERATE(prove::Verdict::kNo, prove::Verdict::kThrottled, prove::Verdict::kUnreachable,
                                prove::Verdict::kHostKey);
  World world;
  world.answer.verdict = verdict;
  world.look();
  CHECK(world.answer.grade() == 0);
  CHECK_FALSE(world.answer.drilled.opened);
  World revoked;
  revoked.canary.name.revoked = true;
  revoked.look();
  CHECK(revoked.answer.grade() == 0);
  CHECK_FALSE(revoked.answer.drilled.opened);
}
