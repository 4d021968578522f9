// The text format of Prometheus, version 0.0.4.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "crypto/digest.hpp"
#include "prove/report.hpp"

namespace halligan::prove {
namespace {

// A label's value: UTF-8 with three escapes.
std::string label_value(std::string_view text) {
  std::string out = "\"";
  for (const char c : ui::json_text(text)) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? "\\n" : std::string(1, c);
  }
  return out + "\"";
}

std::string canary_labels(const Canary& canary) {
  return fmt::format(
      "account={},ca={},canary=\"{}\"", label_value(canary.name.label),
      label_value(canary.comment.empty() ? crypto::fingerprint(canary.certificate.body.ca) : canary.comment),
      canary.name.revoked ? "revoked" : "ordinary");
}

std::string labels(const Answer& answer) {
  return fmt::format("host={},port=\"{}\",{}", label_value(answer.target.name), answer.target.port,
                     canary_labels(*answer.canary));
}

void metric(std::string& out, std::string_view name, std::string_view help) {
  out += fmt::format("# HELP halligan_prove_{0} {1}\n# TYPE halligan_prove_{0} gauge\n", name, help);
}

}  // namespace

std::string to_prometheus(const std::vector<Answer>& answers, std::uint64_t now) {
  std::string out;
  metric(out, "good", "The answer is the right one: yes, or no for a revoked canary.");
  for (const Answer& each : answers)
    out += fmt::format("halligan_prove_good{{{}}} {}\n", labels(each), each.good() ? 1 : 0);
  metric(out, "answer", "What the host answered, as a label.");
  for (const Answer& each : answers)
    out += fmt::format("halligan_prove_answer{{{},answer=\"{}\"}} 1\n", labels(each),
                       verdict_code(each.verdict));
  metric(out, "grade",
         "1: sshd would accept the key; 2: and by a snapshot it would let the login in; 3: a drill was in.");
  for (const Answer& each : answers)
    if (!each.canary->name.revoked)
      out += fmt::format("halligan_prove_grade{{{}}} {}\n", labels(each), each.grade());
  if (std::ranges::any_of(answers, [](const Answer& each) { return each.check.taken != 0; })) {
    metric(out, "snapshot_timestamp_seconds", "When the snapshot was taken that decided about the grade.");
    for (const Answer& each : answers)
      if (each.check.taken != 0)
        out += fmt::format("halligan_prove_snapshot_timestamp_seconds{{{}}} {}\n", labels(each),
                           each.check.taken);
  }
  if (std::ranges::any_of(answers, [](const Answer& each) { return each.drilled.opened; })) {
    metric(out, "drill_timestamp_seconds", "When the drill was in that decided about the grade.");
    for (const Answer& each : answers)
      if (each.drilled.opened)
        out +=
            fmt::format("halligan_prove_drill_timestamp_seconds{{{}}} {}\n", labels(each), each.drilled.time);
  }
  std::map<std::string, std::uint64_t> ends;
  for (const Answer& each : answers)
    ends[canary_labels(*each.canary)] = each.canary->certificate.body.valid_before;
  metric(out, "canary_expires_timestamp_seconds", "End of the canary's validity.");
  for (const auto& [name, end] : ends)
    out += fmt::format("halligan_prove_canary_expires_timestamp_seconds{{{}}} {}\n", name, end);
  metric(out, "finished_timestamp_seconds", "When the hosts were asked.");
  return out + fmt::format("halligan_prove_finished_timestamp_seconds {}\n", now);
}

}  // namespace halligan::prove
