#include "prove/answer.hpp"

#include <catch2/catch.hpp>

#include "unit/ssh/vectors.hpp"

using namespace halligan;
using prove::Greeting;
using prove::Verdict;

TEST_CASE("what a server says before its version") {
  struct Row {
    std::string text;
    bool ended;
    Greeting greeting;
  };
  const auto row = GENERATE(values<Row>({
      {"", false, Greeting::kIncomplete},
      {"", true, Greeting::kOther},
      {"SSH", false, Greeting::kIncomplete},
      {"SSH", true, Greeting::kOther},
      {"SSH-", false, Greeting::kSsh},
      {"SSH-2.0-x\r\n", true, Greeting::kSsh},
      {"hello\r\nSSH-2.0-x\r\n", false, Greeting::kSsh},
      {"hello SSH-2.0-x\r\n", false, Greeting::kIncomplete},
      {"Not allowed at this time\r\n", false, Greeting::kThrottled},
      {"Not allowed at this time\n", true, Greeting::kThrottled},
      {"Not allowed at this time", false, Greeting::kIncomplete},
      {"Not allowed at this time", true, Greeting::kThrottled},
      {"Exceeded MaxStartups\r\n", false, Greeting::kThrottled},
      {"Exceeded MaxStartups!\r\n", true, Greeting::kOther},
      {std::string(prove::kLongestGreeting, 'x'), false, Greeting::kOther},
      {std::string(prove::kLongestGreeting - 1, '\n'), false, Greeting::kIncomplete},
  }));
  CAPTURE(row.text.substr(0, 80), row.ended);
  CHECK(prove::read_greeting(row.text, row.ended) == row.greeting);
}

namespace {

prove::Canary canary(bool revoked) {
  const ssh::PublicKey key = ssh::vector_key("ed25519");
  return {{{.subject = key, .ca = key}, {}}, {"root", revoked}, "ca"};
}

}  // namespace

TEST_CASE("what is wrong comes first, and a refusal of what is revoked needs a yes beside it") {
  const prove::Canary plain = canary(false);
  const prove::Canary revoked = canary(true);
  const auto answer = [](const char* host, const prove::Canary& of, Verdict verdict) {
    return prove::Answer{{host, host}, "root", &of, verdict};
  };
  std::vector<prove::Answer> answers{
      answer("checked", plain, Verdict::kYes),    answer("refuses", plain, Verdict::kYes),
      answer("good", plain, Verdict::kYes),       answer("good", revoked, Verdict::kNo),
      answer("busy", plain, Verdict::kThrottled), answer("gone", plain, Verdict::kUnreachable),
      answer("other", plain, Verdict::kHostKey),  answer("shut", plain, Verdict::kNo),
      answer("shut", revoked, Verdict::kNo),      answer("open", revoked, Verdict::kYes)};
  answers[0].check.result = prove::Check::Result::kYes;
  answers[1].check.result = prove::Check::Result::kNo;
  prove::judge_revoked(answers);
  prove::sort_answers(answers);
  std::vector<std::string> order;
  for (const auto& each : answers)
    order.push_back(each.target.name + (each.canary->name.revoked ? " revoked" : ""));
  CHECK(order == std::vector<std::string>{"open revoked", "shut", "refuses", "other", "gone", "busy",
                                          "shut revoked", "good", "checked", "good revoked"});
  CHECK(answers[0].wrong());
  CHECK(answers[1].wrong());
  CHECK(answers[2].wrong());
  CHECK(answers[2].wrong());
  CHECK(answers[2].grade() == 1);
  CHECK_FALSE(answers[4].wrong());
  CHECK_FALSE(answers[4].good());
  CHECK(answers[6].detail.starts_with("proves nothing"));
  CHECK(answers[9].detail.empty());
  CHECK(answers[7].good());
  CHECK(answers[7].grade() == 1);
  CHECK(answers[8].good());
  CHECK(answers[8].grade() == 2);
  CHECK(answers[0].grade() == 0);
}
