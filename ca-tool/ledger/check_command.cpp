// halligan ledger verify | reconcile | merge
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "io/append_file.hpp"
#include "io/clock.hpp"
#include "io/files.hpp"
#include "ledger/command.hpp"
#include "ledger/files.hpp"
#include "ledger/reconcile.hpp"
#include "ledger/verify.hpp"
#include "ui/json.hpp"
#include "ui/output.hpp"

namespace halligan::ledger {
namespace {

using Report = ui::Json;

constexpr std::size_t kLargestLog = 512 * 1024 * 1024;
constexpr std::size_t kLargestMade = 64 * 1024;
constexpr std::size_t kHashSize = 32;

std::size_t fault_count(const std::vector<LedgerFinding>& findings) {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(), [](const auto& each) { return each.fault; }));
}

Report findings_json(const std::vector<LedgerFinding>& findings) {
  Report list = Report::array();
  for (const auto& finding : findings) {
    list.push_back(
        {{"severity", finding.fault ? "fault" : "note"}, {"code", finding.code}, {"text", finding.text}});
  }
  return list;
}

std::string findings_text(const std::vector<LedgerFinding>& findings) {
  std::string text;
  for (const auto& finding : findings) {
    text += fmt::format("{:<12}{}\n", finding.fault ? "FAULT" : "Note", finding.text);
  }
  return text;
}

std::string plural(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::size_t certificates(const Chain& chain) {
  return static_cast<std::size_t>(
      std::count_if(chain.entries.begin(), chain.entries.end(),
                    [](const auto& entry) { return entry.record && entry.record->issued() != nullptr; }));
}

Result<LedgerCheck> make_check(const LedgerVerifyOptions& options) {
  LedgerCheck check;
  HALLIGAN_TRY(check.authorities, read_authorities(options.authorities));
  for (const auto profile : {CounterProfile::kGlobal, CounterProfile::kPerKey, CounterProfile::kZero}) {
    if (options.counter == profile_word(profile)) check.counters.profile = profile;
  }
  for (const std::string& text : options.known) {
    auto range = parse_counter_range(text);
    if (!range) return fail(std::move(range).error().in("--known"));
    check.counters.known.push_back(*range);
  }
  for (const std::string& file : options.made) {
    HALLIGAN_TRY(const Bytes text, io::read_file(file, kLargestMade));
    auto start = ca::parse_counter_start(as_text(text));
    if (!start) return fail(std::move(start).error().in(file));
    check.counters.starts.push_back(*std::move(start));
  }
  for (const std::string& text : options.heads) {
    const auto bytes = parse_hex(text);
    if (!bytes || bytes->size() != kHashSize) {
      return fail(Code::kUsage, "--head: \"" + printable(text) + "\" is not a SHA-256 in hexadecimal digits");
    }
    check.heads.push_back(hex(*bytes));
  }
  return check;
}

std::string counter_words(const CounterReport& report) {
  return fmt::format("{}\n{:<12}{}{}, {} with {} to {}, {} off the record", report.authority, "",
                     profile_word(report.profile), report.guessed ? " (guessed)" : "",
                     plural(report.signatures, "signature"), report.first, report.last, report.missing);
}

Report verdict_json(const std::vector<Chain>& chains, const LedgerVerdict& verdict) {
  Report json{{"intact", verdict.intact()}};
  Report list = Report::array();
  for (const Chain& chain : chains) {
    const ChainStart* start = chain.start();
    list.push_back({{"id", start != nullptr ? start->id : ""},
                    {"machine", start != nullptr ? start->machine : ""},
                    {"certificates", certificates(chain)},
                    {"head", chain.head()}});
  }
  json["chains"] = std::move(list);
  Report counters = Report::array();
  for (const auto& report : verdict.counters) {
    counters.push_back({{"ca", report.authority},
                        {"profile", profile_word(report.profile)},
                        {"guessed", report.guessed},
                        {"signatures", report.signatures},
                        {"first", report.first},
                        {"last", report.last},
                        {"missing", report.missing}});
  }
  json["counters"] = std::move(counters);
  json["findings"] = findings_json(verdict.findings);
  return json;
}

std::string verdict_text(const std::vector<Chain>& chains, const LedgerVerdict& verdict) {
  std::string text;
  for (const Chain& chain : chains) {
    text += fmt::format("{:<12}{}: {}\n{:<12}{}\n", "Chain", chain.label(),
                        plural(certificates(chain), "certificate"), "Head", chain.head());
  }
  for (const auto& report : verdict.counters)
    text += fmt::format("{:<12}{}\n", "Counter", counter_words(report));
  text += findings_text(verdict.findings);
  const std::size_t faults = fault_count(verdict.findings);
  return text + fmt::format("{:<12}{}\n", "Ledger",
                            faults == 0 ? "intact" : "NOT INTACT: " + plural(faults, "fault"));
}

// Of each file: what stands in one that is passed over agrees with everything.
Failure no_log(const std::string& path, ByteView text) {
  constexpr std::array<std::string_view, 3> kPacked{"\x1f\x8b",
                                                    "\xfd"
                                                    "7zXZ",
                                                    "\x28\xb5\x2f\xfd"};
  for (const std::string_view magic : kPacked) {
    if (!as_text(text).starts_with(magic)) continue;
    return fail(Code::kBadInput, path + ": the log is compressed",
                "zcat, xzcat or zstdcat " + shell_word(path) + " | halligan ledger reconcile -");
  }
  return fail(
      Code::kBadInput, path + ": no line of sshd in it",
      "give syslog or journald lines with their programs: journalctl -o json -t sshd -t sshd-session");
}

}  // namespace

Result<int> verify_ledgers(const LedgerVerifyOptions& options) {
  HALLIGAN_TRY(const auto check, make_check(options));
  HALLIGAN_TRY(auto loaded, load_ledgers(options.files));
  LedgerVerdict verdict = verify_ledger(loaded.chains, check);
  std::move(loaded.torn.begin(), loaded.torn.end(), std::back_inserter(verdict.findings));
  HALLIGAN_CHECK(ui::print(options.output.json ? ui::json_line(verdict_json(loaded.chains, verdict))
                                               : verdict_text(loaded.chains, verdict)));
  return verdict.intact() ? 0 : 1;
}

Result<int> reconcile_ledgers(const LedgerReconcileOptions& options) {
  HALLIGAN_TRY(const auto authorities, read_authorities(options.authorities));
  HALLIGAN_TRY(auto loaded, load_ledgers(options.files));
  Reconciliation reconciliation(loaded.chains, authorities, {options.logins});
  for (const std::string& log : options.logs) {
    HALLIGAN_TRY(auto input, io::InputFile::open(log));
    Bytes text;
    HALLIGAN_CHECK(input.read_rest(text, kLargestLog));
    if (reconciliation.read(as_text(text), io::unix_seconds()) == 0) return no_log(log, text);
  }
  std::vector<LedgerFinding> findings = std::move(loaded.torn);
  const auto found = reconciliation.findings();
  findings.insert(findings.end(), found.begin(), found.end());
  const std::size_t faults = fault_count(findings);
  if (options.output.json) {
    const Report json{{"reconciled", faults == 0},
                      {"logins", reconciliation.logins()},
                      {"logins_of_other_cas", reconciliation.strangers()},
                      {"findings", findings_json(findings)}};
    HALLIGAN_CHECK(ui::print(ui::json_line(json)));
  } else {
    HALLIGAN_CHECK(ui::print(fmt::format(
        "{:<12}{} by certificates of these CAs, {} by those of others\n{}{:<12}{}\n", "Logins",
        reconciliation.logins(), reconciliation.strangers(), findings_text(findings), "Logs",
        faults == 0 ? "agree with the ledger" : "DO NOT AGREE with the ledger: " + plural(faults, "fault"))));
  }
  return faults == 0 ? 0 : 1;
}

Result<int> merge_ledgers(const LedgerMergeOptions& options) {
  for (const std::string& file : options.files) {
    if (!io::same_file(file, options.file)) continue;
    return fail(Code::kUsage,
                options.file + " is one of the ledgers to be merged, and a merged copy does not grow",
                "choose another name with -o");
  }
  const auto existing = options.output.existing();
  auto checked = io::check_new_files({&options.file, 1}, existing);
  if (!checked)
    return fail(ui::hint_if_exists(std::move(checked).error(), "choose another name with -o, or --force"));
  HALLIGAN_TRY(const auto loaded, load_ledgers(options.files));
  for (const auto& torn : loaded.torn)
    say(torn.text + (torn.code == "line-cut" ? ": that piece is left out" : ""));
  std::string text;
  Report list = Report::array();
  for (const Chain& chain : loaded.chains) {
    if (const auto faults = chain_faults(chain); !faults.empty()) {
      return fail(Code::kNo, chain.name() + " is not whole: " + faults.front().text,
                  "nothing was written; see halligan ledger verify");
    }
    for (const Entry& entry : chain.entries) text += entry.line + "\n";
    list.push_back({{"id", chain.start()->id},
                    {"machine", chain.start()->machine},
                    {"certificates", certificates(chain)}});
  }
  // A ledger that another halligan is about to write to is not replaced behind its back.
  const auto waiting = [&] {
    say("another halligan writes to " + printable(options.file) + ": waiting for it");
  };
  HALLIGAN_TRY(const io::Descriptor lock, io::lock_to_replace(options.file, waiting));
  const io::NewFile file{options.file, 0600, as_bytes(text)};
  HALLIGAN_CHECK(io::write_files({&file, 1}, existing));
  if (options.output.json) {
    HALLIGAN_CHECK(ui::print(ui::json_line({{"file", ui::json_text(options.file)}, {"chains", list}})));
    return 0;
  }
  for (const Chain& chain : loaded.chains) {
    HALLIGAN_CHECK(ui::print(
        fmt::format("{:<12}{}: {}\n", "Chain", chain.label(), plural(certificates(chain), "certificate"))));
  }
  return 0;
}

}  // namespace halligan::ledger
