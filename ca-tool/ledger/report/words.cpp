#include <fmt/format.h>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "crypto/canary.hpp"
#include "crypto/digest.hpp"
#include "io/clock.hpp"
#include "ledger/report/audit.hpp"
#include "ui/describe.hpp"

namespace halligan::ledger::report {
namespace {

using ui::foreign_row;
using ui::text_row;

std::string count(const Audit& audit, const char* name) { return audit.summary[name].dump(); }

std::string login_words(const Reconciliation::Use& use) {
  std::string words = printable(use.account);
  if (!use.host.empty()) words += " on " + printable(use.host);
  words += " from " + printable(use.address);
  return use.time ? words + " at " + io::format_utc(*use.time) : words;
}

std::string certificate_rows(const Audit& audit, const Recorded& each) {
  const Issued& issued = each.issued();
  const ssh::CertificateBody& body = issued.certificate.body;
  std::string text =
      text_row("Certificate", fmt::format("{}, serial {}, signed {}", entry_name(audit.chains, each),
                                          body.serial, io::format_utc(each.record().seconds())));
  text += foreign_row("Key ID", printable(body.key_id));
  text += foreign_row("Principals", body.principals.empty() ? "none" : ui::joined(body.principals));
  text += text_row("Valid", io::format_utc(body.valid_after) + " to " + io::format_utc(body.valid_before));
  text += text_row("CA", ui::key_words(body.ca));
  const IssueContext& context = issued.context;
  if (!context.reason.empty()) text += foreign_row("Reason", printable(context.reason));
  if (!context.request.empty()) text += text_row("Asked for", "by a request, which is in the record");
  for (std::string_view rest = context.co_signature; !rest.empty();)
    text += foreign_row("Co-signed", printable(next_line(rest)));
  if (!context.without_policy.empty()) text += foreign_row("NO POLICY", printable(context.without_policy));
  if (crypto::is_canary(body)) return text + text_row("Canary", "nobody can log in with it");
  const auto uses = audit.uses.find({crypto::fingerprint(body.ca), body.serial});
  if (uses == audit.uses.end()) return text + text_row("Logins", "none in these logs");
  for (const Reconciliation::Use& use : uses->second) text += foreign_row("Login", login_words(use));
  return text;
}

std::string use_rows(const Audit& audit, const Recorded& each) {
  const CountedUse& use = *each.use();
  return text_row("Use", entry_name(audit.chains, each) + ", no certificate, " +
                             io::format_utc(each.record().seconds())) +
         foreign_row("Purpose", printable(use.purpose)) + text_row("CA", ui::key_words(use.ca)) +
         text_row("Counter", counter_list(use.signatures));
}

std::string drill_rows(const drills::Drill& drill) {
  const auto opened = std::ranges::count_if(drill.hosts, &drills::DrilledHost::good);
  std::string text =
      text_row("Drill", fmt::format("{}, {}: {}, {} of {} hosts", io::format_utc(drill.ended()), drill.kind,
                                    drill.passed() ? "passed" : "FAILED", opened, drill.hosts.size()));
  text += foreign_row("Operator", drill.operated_by);
  if (!drill.witness.empty()) text += foreign_row("Witness", drill.witness);
  if (!drill.approval.empty()) text += foreign_row("Approval", drill.approval);
  return text;
}

std::string overview(const Terms& terms, const Audit& audit) {
  std::string text = text_row("Period", io::format_utc(terms.from) + " to " + io::format_utc(terms.to));
  for (const Chain& chain : audit.chains)
    text += text_row("Ledger", chain.label() + ", head " + chain.head());
  text += text_row("Signed", fmt::format("{} certificates ({} canaries, {} for hosts), {} uses without one",
                                         count(audit, "certificates"), count(audit, "canaries"),
                                         count(audit, "host_certificates"), count(audit, "uses")));
  text += text_row("Approved", fmt::format("{} by request, {} co-signed, {} without their policy",
                                           count(audit, "requested"), count(audit, "co_signed"),
                                           count(audit, "without_policy")));
  text += text_row("Gaps", fmt::format("{} unrecorded signatures, by the tokens' counters",
                                       count(audit, "unrecorded_signatures")));
  if (audit.summary["logs"] == 0) {
    text += text_row("Logins", "not known: no logs of hosts were given");
  } else {
    text += text_row("Logins", fmt::format("{} by these CAs' certificates, {} of them on record",
                                           count(audit, "logins"), count(audit, "logins_matched")));
    text += text_row("Not used", fmt::format("{} certificates, in these logs", count(audit, "unused")));
  }
  text +=
      text_row("Drills", fmt::format("{}, {} passed", count(audit, "drills"), count(audit, "drills_passed")));
  text += text_row("Proofs", fmt::format("{} answers of hosts, {} as they should be", count(audit, "answers"),
                                         count(audit, "answers_good")));
  return text +
         text_row("Found", fmt::format("{} faults, {} notes", count(audit, "faults"), count(audit, "notes")));
}

}  // namespace

std::string words_of(const Terms& terms, const Audit& audit) {
  std::string text = "\n" + overview(terms, audit);
  if (!audit.findings.empty()) text += "\n";
  for (const LedgerFinding& each : audit.findings)
    text += foreign_row(each.kind.fault ? "FAULT" : "Note", one_line(each.text));
  for (const Recorded& each : audit.records)
    text += "\n" + (each.use() != nullptr ? use_rows(audit, each) : certificate_rows(audit, each));
  for (const drills::Drill& each : audit.drills) text += "\n" + drill_rows(each);
  return text +
         "\nThe parts below are what this was taken from. To check it:\n"
         "  halligan ledger verify REPORT\n"
         "  ssh-keygen -Y verify -f SIGNERS -I NAME -n halligan-audit -s REPORT.sig <REPORT\n\n";
}

}  // namespace halligan::ledger::report
