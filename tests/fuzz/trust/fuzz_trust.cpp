// What a host says of itself, and what is decided by it: facts, the text of sshd_config, PAM's modules, lines
// of sshd's log. The first byte says which.
#include "base/codec.hpp"
#include "base/text.hpp"
#include "explain/log.hpp"
#include "explain/pam.hpp"
#include "ledger/sshd_log.hpp"
#include "ssh/text_line.hpp"
#include "trust/config_text.hpp"
#include "trust/example.hpp"
#include "trust/plan.hpp"

using namespace halligan;
using namespace halligan::example;

namespace {

void check_facts(const trust::Facts& facts) {
  for (const auto& each : trust::read_config(facts)) demand(each.line > 0 && !each.file.empty());
  for (const auto& account : facts.accounts) {
    for (const char* from : {"192.0.2.1", "2001:db8::1"}) {
      const explain::Login login{account.name, from, kNow};
      const auto& subject = certificate();
      for (const bool signed_by : {true, false}) {
        const auto found = explain::explain(
            facts, {subject.body.subject, signed_by ? std::optional(subject) : std::nullopt}, login);
        if (found) check_explanation(*found);
      }
    }
    const auto pam = explain::ask_pam(facts, account, kNow);
    demand((pam.kind == explain::PamAnswer::Kind::kYes) == pam.why.empty());
  }
  trust::Wanted wanted{.authorities = {}, .accounts = {"root"}, .list = {}};
  wanted.authorities.push_back({certificate().body.ca, "ca"});
  const auto plan = trust::plan_trust(facts, wanted);
  for (const auto& each : plan.refusals) demand(!each.text.empty());
  for (const auto& each : plan.changes) demand(each.path.starts_with('/') || !plan.refusals.empty());
}

// A host with this configuration, and with what PAM asks there.
std::string host_with(std::string_view config, std::string_view pam) {
  return "halligan-trust-facts 1\nset uid 0\nset host web1\nset time 1795762957\nset from 192.0.2.1\n"
         "set config /etc/ssh/sshd_config\nset version OpenSSH_9.2p1\nset checked 0\n"
         "stat 644 0 0 0 1 1:1\nreal /etc/ssh/sshd_config\n" +
         block("file /etc/ssh/sshd_config", config) +
         "set account ann 1000 yes ann,wheel\nset home ann /srv/ann\n" +
         "set shell ann /bin/sh\nset shadow ann ok\nset aging ann 19000 99999 - -\n" +
         block("effective ann",
               std::string(kEffective) + "chrootdirectory none\ntrustedusercakeys /etc/ssh/ca\n") +
         block("pam sshd", pam) + "end\n";
}

void check_log(std::string_view text) {
  while (!text.empty()) {
    const std::size_t before = text.size();
    const std::string_view record = ledger::next_record(text);
    demand(text.size() < before);
    const auto read = ledger::read_log_line(record, kNow);
    const auto* const reason = explain::reason_in(read.line ? std::string_view(read.line->message) : record);
    if (reason != nullptr) demand(!reason->rule.empty() && !reason->means.empty() && !reason->mend.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = as_text({data + 1, size - 1});
  switch (data[0] % 4) {
    case 0:
      if (const auto facts = trust::parse_facts(text)) check_facts(*facts);
      break;
    case 1:
    case 2: {
      const auto facts = trust::parse_facts(data[0] % 4 == 1 ? host_with(text, "") : host_with("", text));
      demand(facts.has_value());
      check_facts(*facts);
      break;
    }
    default:
      check_log(text);
  }
  return 0;
}
