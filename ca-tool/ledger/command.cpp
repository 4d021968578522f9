// halligan ledger list | show | export
#include "ledger/command.hpp"

#include <fmt/format.h>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "io/clock.hpp"
#include "ledger/chain.hpp"
#include "ledger/files.hpp"
#include "ledger/recorded.hpp"
#include "ui/describe.hpp"

namespace halligan::ledger {
namespace {

constexpr const char* kVerifyHint = "run halligan ledger verify";

// The chains; what is damaged or cut off is reported and skipped.
Result<std::vector<Chain>> readable_chains(const std::vector<std::string>& files) {
  HALLIGAN_TRY(LoadedLedgers loaded, load_ledgers(files));
  for (const LedgerFinding& torn : loaded.torn) say(torn.text, kVerifyHint);
  for (const Chain& chain : loaded.chains) {
    const auto faults = chain_faults(chain);
    if (!faults.empty()) say(chain.name() + " is damaged: " + faults.front().text, kVerifyHint);
  }
  return std::move(loaded.chains);
}

std::string counter_of(const Issued& issued) {
  const ssh::Signature& signature = issued.certificate.signature;
  return ssh::is_sk(signature.algorithm) ? std::to_string(signature.counter) : "-";
}

// Why a certificate is on record, where somebody said so.
std::string remarks(const IssueContext& context) {
  std::string text = printable(context.reason);
  if (!context.without_policy.empty())
    text +=
        (text.empty() ? "" : "; ") + std::string("without its policy: ") + printable(context.without_policy);
  return text;
}

std::string wide_line(const Recorded& recorded) {
  const Record& record = recorded.record();
  const std::string when = io::format_local(record.seconds());
  if (const CountedUse* use = recorded.use(); use != nullptr) {
    return fmt::format("{:>6}  {:25}  {:25}  {:19}  {:>7}  {:12}  {}\n", record.number, when,
                       "no certificate", "-", counter_list(use->signatures), "-", printable(use->purpose));
  }
  const Issued& issued = recorded.issued();
  const ssh::CertificateBody& body = issued.certificate.body;
  const std::string why = remarks(issued.context);
  return fmt::format("{:>6}  {:25}  {:25}  {:19}  {:>7}  {:12}  {}{}\n", record.number, when,
                     io::format_local(body.valid_before), body.serial, counter_of(issued),
                     ui::joined(body.principals), printable(body.key_id),
                     why.empty() ? "" : "  (" + why + ")");
}

// "2026-11-26 16:05", in local time.
std::string minute_of(std::uint64_t time) {
  std::string text = io::format_local(time).substr(0, 16);
  if (text.size() > 10) text[10] = ' ';
  return text;
}

// 80 columns.
std::string narrow_line(const Recorded& recorded) {
  constexpr std::size_t kPrincipals = 12;
  constexpr std::size_t kKeyId = 22;
  const Record& record = recorded.record();
  const auto line = [&record](const std::string& until, const std::string& principals,
                              const std::string& what) {
    return fmt::format("{:>6}  {:16}  {:16}  {:12}  {}\n", record.number, minute_of(record.seconds()), until,
                       fitted(principals, kPrincipals), fitted(what, kKeyId));
  };
  if (const CountedUse* use = recorded.use(); use != nullptr)
    return line("no certificate", "-", printable(use->purpose));
  const Issued& issued = recorded.issued();
  const ssh::CertificateBody& body = issued.certificate.body;
  const bool waived = !issued.context.without_policy.empty();
  return line(minute_of(body.valid_before), ui::joined(body.principals),
              (waived ? "NO POLICY: " : "") + printable(body.key_id));
}

std::string heading(bool wide) {
  if (wide) {
    return fmt::format("{:>6}  {:25}  {:25}  {:19}  {:>7}  {:12}  {}\n", "record", "signed", "until",
                       "serial", "counter", "principals", "key ID");
  }
  return fmt::format("{:>6}  {:16}  {:16}  {:12}  {}\n", "record", "signed", "until", "principals", "key ID");
}

std::string chain_line(const Chain& chain) {
  if (chain.start() == nullptr) return chain.name() + "\n";
  const std::uint64_t started = chain.entries.front().record->seconds();
  return fmt::format("{}, started {}\n", chain.name(), io::format_local(started));
}

// What came of the key's use: a certificate, or none.
std::string use_rows(const CountedUse& use) {
  return ui::foreign_row("Use", "no certificate: " + printable(use.purpose)) +
         ui::text_row("CA", ui::key_words(use.ca)) + ui::text_row("Counter", counter_list(use.signatures)) +
         (use.hash ? ui::text_row("Signed", "SHA-256 " + hex(*use.hash)) : std::string());
}

std::string recorded_text(const Recorded& recorded) {
  const Record& record = recorded.record();
  std::string text = ui::text_row("Record", fmt::format("{} in {}", record.number, recorded.chain->name()));
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) text += ui::foreign_row(name, printable(value));
  };
  if (const CountedUse* use = recorded.use(); use != nullptr) {
    text += use_rows(*use);
    add("Recorded", io::format_local(record.seconds()));
  } else {
    const Issued& issued = recorded.issued();
    text += ui::to_text(ui::describe(issued.certificate, io::unix_seconds()));
    add("Recorded", io::format_local(record.seconds()));
    if (!issued.searches.empty()) add("Searches", "for the token: counter " + counter_list(issued.searches));
    add("Reason", issued.context.reason);
    add("No policy", issued.context.without_policy);
    add("Request", issued.context.request);
    add("Co-signed", issued.context.co_signature);
    add("Certificate", ssh::format_certificate_line(issued.certificate, issued.certificate.body.key_id));
  }
  add("Hash", recorded.entry->hash);
  return text;
}

}  // namespace

Result<int> list_ledger(const LedgerListOptions& options) {
  HALLIGAN_TRY(const auto chains, readable_chains(options.files));
  const ui::Pager pager(options.output);
  const Chain* shown = nullptr;
  for (const Recorded& each : recorded_all(chains)) {
    if (options.output.json) {
      HALLIGAN_CHECK(ui::print(ui::json_line(recorded_json(each))));
      continue;
    }
    std::string lines = shown == each.chain ? std::string() : chain_line(*each.chain);
    if (shown == nullptr) lines += heading(options.wide);
    shown = each.chain;
    HALLIGAN_CHECK(ui::print(lines + (options.wide ? wide_line(each) : narrow_line(each))));
  }
  return 0;
}

Result<int> show_ledger(const LedgerShowOptions& options) {
  HALLIGAN_TRY(const auto chains, readable_chains(options.files));
  HALLIGAN_TRY(const auto found, find_recorded(chains, options.number));
  const ui::Pager pager(options.output);
  for (const Recorded& each : found) {
    const char* gap = &each == &found.front() ? "" : "\n";
    HALLIGAN_CHECK(
        ui::print(options.output.json ? ui::json_line(recorded_json(each)) : gap + recorded_text(each)));
  }
  return 0;
}

Result<int> export_ledger(const LedgerExportOptions& options) {
  HALLIGAN_TRY(const auto chains, readable_chains(options.files));
  const auto recorded = recorded_all(chains);
  if (options.csv && !recorded.empty()) HALLIGAN_CHECK(ui::print(csv_heading()));
  for (const Recorded& each : recorded) {
    HALLIGAN_CHECK(ui::print(options.csv ? csv_line(each) : ui::json_line(recorded_json(each))));
  }
  return 0;
}

}  // namespace halligan::ledger
