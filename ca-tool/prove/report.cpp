#include "prove/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/codec.hpp"
#include "crypto/digest.hpp"
#include "ui/describe.hpp"
#include "ui/screen.hpp"

namespace halligan::prove {
namespace {

ui::Tone tone_of(const Answer& answer) {
  return answer.wrong() ? ui::Tone::kAlarm : answer.good() ? ui::Tone::kPlain : ui::Tone::kWarning;
}

}  // namespace

std::string answer_words(const Answer& answer) {
  if (answer.canary->name.revoked && answer.verdict == Verdict::kYes) return "REVOKED BUT ACCEPTED";
  if (answer.canary->name.revoked && answer.verdict == Verdict::kNo) return "revoked: refused";
  if (answer.verdict != Verdict::kYes)
    return answer.verdict == Verdict::kHostKey ? "wrong host key" : std::string(verdict_code(answer.verdict));
  return fmt::format("yes, grade {}{}", answer.grade(),
                     answer.check.result == Check::Result::kNo ? ", LOGIN REFUSED" : "");
}

std::string check_words(const Check& check) {
  return one_line(check.place.empty() ? check.why : check.why + " (" + check.place + ")");
}

std::string next_step(const Answer& answer) {
  if (!answer.check.next.empty()) return answer.drilled.opened ? "" : answer.check.next;
  return drill_words(answer.drilled, 0).empty() ? "" : answer.drilled.next;
}

std::string drill_words(const Drilled& drilled, std::uint64_t now) {
  // Who has no drills, and whose snapshot says no, has read it already.
  if (drilled.rule == "no-drill" || drilled.rule == "closed-since") return {};
  if (drilled.opened)
    return "opened by a drill " + ui::duration_words(now > drilled.time ? now - drilled.time : 0) + " ago";
  return one_line(drilled.why);
}

std::string summary(const std::vector<Answer>& answers) {
  std::set<std::pair<std::string, std::uint16_t>> hosts;
  for (const Answer& each : answers) hosts.insert({each.target.host, each.target.port});
  const auto good = std::ranges::count_if(answers, &Answer::good);
  const auto wrong = std::ranges::count_if(answers, &Answer::wrong);
  const auto unknown = static_cast<std::ptrdiff_t>(answers.size()) - good - wrong;
  std::string text =
      fmt::format("{} answers of {} hosts: {} as they should be", answers.size(), hosts.size(), good);
  if (wrong != 0) text += fmt::format(", {} wrong", wrong);
  if (unknown != 0) text += fmt::format(", {} unknown", unknown);
  return text;
}

std::string to_text(const std::vector<Answer>& answers, std::uint64_t now) {
  constexpr std::size_t kWidest = 32;
  std::array<std::size_t, 3> widths{4, 7, 2};
  const auto columns = [](const Answer& each) {
    return std::array{fitted(printable(each.target.name), kWidest), fitted(printable(each.account), kWidest),
                      fitted(each.canary->authority(), kWidest)};
  };
  for (const Answer& each : answers) {
    const auto texts = columns(each);
    for (std::size_t i = 0; i < texts.size(); ++i)
      widths[i] = std::max(widths[i], code_points(as_bytes(texts[i])));
  }
  const auto line = [&widths](const std::array<std::string, 3>& texts, std::string_view last) {
    return fmt::format("{:{}}  {:{}}  {:{}}  {}\n", texts[0], widths[0], texts[1], widths[1], texts[2],
                       widths[2], last);
  };
  std::string text = line({"host", "account", "CA"}, "answer");
  for (const Answer& each : answers) {
    text += line(columns(each), ui::toned(tone_of(each), answer_words(each)));
    for (const std::string& row : {each.detail, check_words(each.check), drill_words(each.drilled, now)})
      if (!row.empty()) text += "    " + row + "\n";
    if (!next_step(each).empty()) text += "    next: " + one_line(next_step(each)) + "\n";
  }
  return text + summary(answers) + "\n";
}

ui::Json to_json(const Answer& answer) {
  const ssh::CertificateBody& body = answer.canary->certificate.body;
  ui::Json json{{"host", ui::json_text(answer.target.name)},
                {"address", ui::json_text(answer.target.host)},
                {"port", answer.target.port}};
  json["account"] = answer.account;
  json["ca"] = crypto::fingerprint(body.ca);
  json["ca_name"] = ui::json_text(answer.canary->comment);
  json["serial"] = body.serial;
  json["revoked"] = answer.canary->name.revoked;
  json["answer"] = verdict_code(answer.verdict);
  json["good"] = answer.good();
  json["grade"] = answer.grade();
  json["detail"] = ui::json_text(answer.detail);
  json["milliseconds"] = answer.milliseconds;
  const Check& check = answer.check;
  if (check.result != Check::Result::kNone) {
    json["rule"] = check.rule;
    json["why"] = ui::json_text(check.why);
    json["place"] = ui::json_text(check.place);
    json["next"] = ui::json_text(check.next);
  }
  if (check.taken != 0) ui::put_moment(json, "snapshot", check.taken);
  const Drilled& drilled = answer.drilled;
  if (drilled.opened || !drilled.rule.empty()) {
    json["drill_rule"] = drilled.rule;
    json["drill_why"] = ui::json_text(drilled.why);
    json["drill_next"] = ui::json_text(drilled.next);
  }
  if (drilled.time != 0) ui::put_moment(json, "drill", drilled.time);
  return json;
}

}  // namespace halligan::prove
