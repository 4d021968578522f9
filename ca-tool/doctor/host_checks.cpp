// The side of a host, by what its probe says: reached, its clock, its sshd, the CAs that it trusts.
#include <fmt/format.h>

#include "base/codec.hpp"
#include "doctor/checks.hpp"
#include "io/clock.hpp"
#include "trust/command.hpp"
#include "trust/script.hpp"
#include "ui/describe.hpp"

namespace halligan::doctor {
namespace {

constexpr std::uint64_t kHostTolerance = 60;  // seconds: the least that certificates are backdated by

Finding clock_of(const trust::Host& host, const trust::Facts& facts) {
  constexpr std::string_view kName = "host-clock";
  const std::uint64_t now = io::unix_seconds();
  const bool late = facts.time < now;
  const std::uint64_t differ = late ? now - facts.time : facts.time - now;
  if (differ <= kHostTolerance) return {kName, Verdict::kFine, "as this computer's, to a minute"};
  return {
      kName, Verdict::kWrong,
      fmt::format("{} {} this computer's clock", ui::duration_words(differ), late ? "behind" : "ahead of"),
      "ssh " + shell_word(host.name) + " \"date -s @$(date +%s)\""};
}

Finding sshd_of(const trust::Facts& facts, const trust::Plan& plan) {
  constexpr std::string_view kName = "host-sshd";
  if (plan.refusals.empty())
    return {kName, Verdict::kFine, printable(facts.version) + ", lets such a certificate in"};
  const trust::Remark& first = plan.refusals.front();
  return {kName, Verdict::kWrong, first.text, first.next.empty() ? "correct that on the host" : first.next};
}

Finding trust_of(const trust::Host& host, const trust::Plan& plan) {
  constexpr std::string_view kName = "host-trust";
  if (!plan.refusals.empty()) return {kName, Verdict::kUnknown, "what sshd refuses comes first"};
  if (plan.changes.empty()) return {kName, Verdict::kFine, "trusts the CA"};
  return {kName, Verdict::kWrong,
          (plan.found ? "differs from what was planned: " : "does not trust the CA: ") +
              printable(plan.changes.front().path),
          "halligan trust apply " + shell_word(host.name) + " --yes"};
}

}  // namespace

std::vector<Finding> host_findings(const std::string& name, const DoctorOptions& options) {
  constexpr std::string_view kName = "host";
  trust::TrustOptions asked;
  asked.configuration = options.configuration;
  asked.hosts.names = {name};
  const auto hosts = asked.hosts.hosts();
  if (!hosts) return {wrong(kName, hosts.error())};
  const trust::Host& host = hosts->front();
  const auto wanted = asked.wanted();
  if (!wanted) return {wrong(kName, wanted.error(), "halligan config check")};
  const auto text = trust::run_script(host, trust::probe_script(*wanted));
  if (!text) return {wrong(kName, text.error(), "ssh " + shell_word(host.name) + " true")};
  const auto facts = trust::parse_facts(*text);
  if (!facts) return {wrong(kName, facts.error(), "ssh " + shell_word(host.name) + " true")};
  const trust::Plan plan = trust::plan_trust(*facts, *wanted);
  return {{kName, Verdict::kFine, "answers: " + printable(facts->host) + ", " + printable(facts->os)},
          clock_of(host, *facts),
          sshd_of(*facts, plan),
          trust_of(host, plan)};
}

}  // namespace halligan::doctor
