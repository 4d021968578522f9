#include "prove/answer.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "base/text.hpp"

namespace halligan::prove {
namespace {

int rank(const Answer& answer) {
  const bool revoked = answer.canary->name.revoked;
  if (answer.wrong()) {
    if (answer.verdict == Verdict::kYes) return revoked ? 0 : 2;
    return answer.verdict == Verdict::kNo ? 1 : 3;
  }
  if (!answer.good()) return answer.verdict == Verdict::kUnreachable ? 4 : 5;
  if (revoked) return answer.detail.empty() ? 10 : 6;
  return 6 + answer.grade();
}

}  // namespace

std::string_view verdict_code(Verdict verdict) {
  constexpr std::array<std::string_view, 5> kCodes{"yes", "no", "throttled", "unreachable", "host-key"};
  return kCodes[static_cast<std::size_t>(verdict)];
}

void sort_answers(std::vector<Answer>& answers) { std::ranges::stable_sort(answers, {}, rank); }

void judge_revoked(std::vector<Answer>& answers) {
  for (Answer& each : answers) {
    if (!each.canary->name.revoked) continue;
    if (each.verdict == Verdict::kYes) {
      each.detail = "REVOCATION DOES NOT WORK: the revoked canary is accepted";
    } else if (each.verdict == Verdict::kNo) {
      const bool twin = std::ranges::any_of(answers, [&](const Answer& other) {
        return !other.canary->name.revoked && other.verdict == Verdict::kYes && other.target == each.target &&
               other.account == each.account &&
               other.canary->certificate.body.ca == each.canary->certificate.body.ca;
      });
      each.detail = twin ? "" : "proves nothing: the canary that is not revoked is not accepted either";
    }
  }
}

Greeting read_greeting(std::string_view text, bool ended) {
  const std::size_t size = text.size();
  while (!text.empty()) {
    if (text.starts_with("SSH-")) return Greeting::kSsh;
    const bool whole = text.find('\n') != std::string_view::npos;
    std::string_view line = next_line(text);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if ((whole || ended) && (line == "Not allowed at this time" || line == "Exceeded MaxStartups"))
      return Greeting::kThrottled;
  }
  return ended || size >= kLongestGreeting ? Greeting::kOther : Greeting::kIncomplete;
}

bool is_too_many_failures(std::string_view reason) {
  return reason.find("Too many authentication failures") != std::string_view::npos;
}

}  // namespace halligan::prove
