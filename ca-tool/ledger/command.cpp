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

// Dates and the serial fill a line of 80 columns.
std::string list_lines(const Recorded& recorded) {
  const Record& record = recorded.record();
  if (const CountedUse* use = recorded.use(); use != nullptr) {
    return fmt::format("{:>5}  {}  no certificate  counter {}\n       {}\n", record.number,
                       io::format_local(record.seconds()), counter_list(use->signatures),
                       printable(use->purpose));
  }
  const ssh::CertificateBody& body = recorded.issued().certificate.body;
  std::string lines = fmt::format("{:>5}  {}  until {}  {}\n       {}  for {}\n", record.number,
                                  io::format_local(record.seconds()), io::format_local(body.valid_before),
                                  body.serial, printable(body.key_id), ui::joined(body.principals));
  const IssueContext& context = recorded.issued().context;
  if (!context.reason.empty()) lines += "       " + printable(context.reason) + "\n";
  if (!context.without_policy.empty())
    lines += "       without its policy: " + printable(context.without_policy) + "\n";
  return lines;
}

std::string chain_line(const Chain& chain) {
  if (chain.start() == nullptr) return chain.name() + "\n";
  const std::uint64_t started = chain.entries.front().record->seconds();
  return fmt::format("{}, started {}\n", chain.name(), io::format_local(started));
}

// What came of the key's use: a certificate, or none.
std::string use_rows(const CountedUse& use) {
  return ui::text_row("Use", "no certificate: " + printable(use.purpose)) +
         ui::text_row("CA", ui::key_words(use.ca)) + ui::text_row("Counter", counter_list(use.signatures)) +
         (use.hash ? ui::text_row("Signed", "SHA-256 " + hex(*use.hash)) : std::string());
}

std::string recorded_text(const Recorded& recorded) {
  const Record& record = recorded.record();
  std::string text = ui::text_row("Record", fmt::format("{} in {}", record.number, recorded.chain->name()));
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) text += ui::text_row(name, printable(value));
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
  }
  add("Hash", recorded.entry->hash);
  return text;
}

}  // namespace

Result<int> list_ledger(const LedgerListOptions& options) {
  HALLIGAN_TRY(const auto chains, readable_chains(options.files));
  const Chain* shown = nullptr;
  for (const Recorded& each : recorded_all(chains)) {
    if (options.output.json) {
      HALLIGAN_CHECK(ui::print(ui::json_line(recorded_json(each))));
      continue;
    }
    const std::string heading = shown == each.chain ? std::string() : chain_line(*each.chain);
    shown = each.chain;
    HALLIGAN_CHECK(ui::print(heading + list_lines(each)));
  }
  return 0;
}

Result<int> show_ledger(const LedgerShowOptions& options) {
  HALLIGAN_TRY(const auto chains, readable_chains(options.files));
  HALLIGAN_TRY(const auto found, find_recorded(chains, options.number));
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
