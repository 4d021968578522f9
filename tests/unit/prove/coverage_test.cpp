#include "prove/coverage.hpp"

#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "ui/screen.hpp"
#include "unit/ssh/vectors.hpp"

using namespace halligan;
using prove::Check;
using prove::Verdict;
using State = prove::Cell::State;

namespace {

prove::Canary canary(const char* key, const std::string& name, const std::string& account,
                     bool revoked = false) {
  const ssh::PublicKey ca = ssh::vector_key(key);
  return {{{.subject = ca, .ca = ca}, {}}, {account, revoked}, name};
}

prove::Answer answer(const std::string& host, const prove::Canary& of, Verdict verdict) {
  return {{host, host}, of.name.label, &of, verdict};
}

std::string states(const prove::CoveredAccount& row) {
  std::string out = row.target.name + " " + row.account + ":";
  for (const prove::Cell& each : row.cells)
    out += " " + std::string(each.by_snapshot ? "by its snapshot " : "") +
           std::string(prove::state_code(each.state));
  return out;
}

}  // namespace

TEST_CASE("the map says which host does not take which CA for which account") {
  const std::vector<prove::Canary> canaries{
      canary("ed25519", "blue", "root"), canary("ecdsa256", "green", "root"),
      canary("ed25519", "blue", "ann"), canary("ed25519", "blue", "root", true)};
  const auto& [blue, green, ann, revoked] = std::tie(canaries[0], canaries[1], canaries[2], canaries[3]);
  std::vector<prove::Answer> answers{answer("open", blue, Verdict::kYes),
                                     answer("open", green, Verdict::kYes),
                                     answer("spare", blue, Verdict::kYes),
                                     answer("spare", green, Verdict::kNo),
                                     answer("ann", ann, Verdict::kYes),
                                     answer("gone", blue, Verdict::kUnreachable),
                                     answer("gone", green, Verdict::kThrottled),
                                     answer("other", blue, Verdict::kHostKey),
                                     answer("other", green, Verdict::kHostKey),
                                     answer("rev", blue, Verdict::kYes),
                                     answer("rev", revoked, Verdict::kYes),
                                     answer("rev", green, Verdict::kYes),
                                     answer("open", revoked, Verdict::kNo),
                                     answer("closed", blue, Verdict::kYes),
                                     answer("closed", green, Verdict::kUnreachable)};
  answers[0].drilled.opened = true;
  answers[1].check.result = Check::Result::kYes;
  answers[5].check.result = Check::Result::kYes;
  answers[13].check.result = answers[14].check.result = Check::Result::kNo;
  const prove::Coverage coverage = prove::coverage_of(answers, {});
  std::vector<std::string> rows;
  for (const auto& each : coverage.rows) rows.push_back(states(each));
  CHECK(rows ==
        std::vector<std::string>{"ann ann: accepted no-canary", "closed root: closed by its snapshot closed",
                                 "gone root: by its snapshot checked unknown",
                                 "other root: host-key host-key", "rev root: revoked-accepted accepted",
                                 "spare root: accepted refused", "open root: opened checked"});
  CHECK(coverage.cas[0].good == 3);  // open, spare, ann
  CHECK(coverage.cas[1].good == 2);  // open, rev
  CHECK(prove::missing_canaries(coverage) ==
        std::vector<std::string>{"halligan prove --make --account ann --ca FILE"});
  const std::string text = ui::for_stream(prove::to_text(coverage), -1);
  for (const std::string words : {"A  blue: 3 of 7\nB  green: 2 of 7\n", "\nspare   root     1         no\n",
                                  "\nopen    root     3         2\n", "\nREVOKED accepts what is revoked\n",
                                  "\n1 of 7 accept every CA\n"})
    CHECK_THAT(text, Catch::Contains(words));
  const ui::Json json = prove::to_json(coverage, coverage.rows[2]);
  CHECK(json["covered"] == false);
  CHECK(json["cas"][0]["state"] == "checked");
  CHECK(json["cas"][0]["good"] == false);
  CHECK(json["cas"][0]["by_snapshot"] == true);
}

TEST_CASE("the map fits 80 columns, however long names are and however many CAs there are") {
  std::vector<prove::Canary> canaries;
  for (const char* key : {"ed25519", "ecdsa256", "ecdsa384", "ecdsa521", "rsa"})
    canaries.push_back(canary(key, std::string(100, 'c'), "an-account-of-any-length"));
  std::vector<prove::Answer> answers;
  for (const prove::Canary& each : canaries)
    answers.push_back(answer(std::string(200, 'h'), each, Verdict::kYes));
  answers[2].check.result = Check::Result::kNo;
  const std::string text = ui::for_stream(prove::to_text(prove::coverage_of(answers, {})), -1);
  std::size_t lines = 0;
  for (std::string_view rest = text; !rest.empty(); ++lines) CHECK(next_line(rest).size() <= 80);
  CHECK(lines > 12);
}
