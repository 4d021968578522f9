// halligan ledger verify | reconcile | merge
#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "io/append_file.hpp"
#include "io/clock.hpp"
#include "io/decompress.hpp"
#include "io/files.hpp"
#include "io/folders.hpp"
#include "ledger/command.hpp"
#include "ledger/files.hpp"
#include "ledger/reconcile.hpp"
#include "ledger/recorded.hpp"
#include "ledger/report/command.hpp"
#include "ledger/verify.hpp"
#include "ui/describe.hpp"
#include "ui/json.hpp"
#include "ui/output.hpp"

namespace halligan::ledger {
namespace {

using ui::Json;

constexpr std::size_t kLargestLog = 512 * 1024 * 1024;
constexpr std::size_t kLargestMade = 64 * 1024;
constexpr std::size_t kLargestCursor = 4096;
constexpr std::size_t kHashSize = 32;

struct Reconciled {
  std::size_t logins;
  std::size_t strangers;  ///< logins by certificates of other CAs
  std::vector<Reconciliation::Log> logs;
  std::vector<LedgerFinding> findings;
  std::optional<std::string> cursor{};  ///< of the last entry of this computer's journal
};

Json findings_json(const std::vector<LedgerFinding>& findings) {
  Json list = Json::array();
  for (const auto& finding : findings) {
    list.push_back({{"severity", finding.kind.fault ? "fault" : "note"},
                    {"code", finding.kind.code},
                    {"text", finding.text}});
  }
  return list;
}

std::string findings_text(const std::vector<LedgerFinding>& findings) {
  std::string text;
  for (const auto& finding : findings) {
    text += ui::text_row(finding.kind.fault ? "FAULT" : "Note", finding.text,
                         finding.kind.fault ? ui::Tone::kAlarm : ui::Tone::kPlain);
  }
  return text;
}

ui::Tone tone_of(std::size_t faults) { return faults == 0 ? ui::Tone::kPlain : ui::Tone::kAlarm; }

std::string plural(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::size_t certificates(const Chain& chain) { return recorded_certificates({&chain, 1}).size(); }

Json chain_json(const Chain& chain) {
  const ChainStart* start = chain.start();
  return {{"id", start != nullptr ? start->id : ""},
          {"machine", start != nullptr ? start->machine : ""},
          {"certificates", certificates(chain)},
          {"head", chain.head()}};
}

std::string chain_row(const Chain& chain) {
  return ui::text_row("Chain", chain.label() + ": " + plural(certificates(chain), "certificate"));
}

Result<LedgerCheck> make_check(const LedgerVerifyOptions& options) {
  LedgerCheck check;
  HALLIGAN_TRY(check.counters.authorities, read_authorities(options.authorities));
  for (const auto profile : {CounterProfile::kGlobal, CounterProfile::kPerKey, CounterProfile::kZero}) {
    if (options.counter == profile_word(profile)) check.counters.profile = profile;
  }
  for (const std::string& text : options.known) {
    HALLIGAN_TRY(check.counters.known.emplace_back(), parse_counter_range(text).in("--known"));
  }
  for (const std::string& file : options.made) {
    HALLIGAN_TRY(const Bytes text, io::read_file(file, kLargestMade));
    HALLIGAN_TRY(auto start, ca::parse_counter_start(as_text(text)).in(file));
    check.counters.starts.push_back(std::move(start));
  }
  for (const std::string& text : options.heads) {
    const auto bytes = parse_hex(text);
    if (!bytes || bytes->size() != kHashSize) {
      return fail(Code::kUsage, "--head: expected a SHA-256 in hexadecimal, not \"" + printable(text) + "\"");
    }
    check.heads.push_back(hex(*bytes));
  }
  return check;
}

std::string counter_rows(const CounterReport& report) {
  return ui::text_row("Counter", report.authority) +
         ui::text_row("",
                      fmt::format("{}{}, {} with {} to {}, {} unrecorded", profile_word(report.profile),
                                  report.guessed ? " (guessed)" : "", plural(report.signatures, "signature"),
                                  report.first, report.last, report.missing));
}

Json verdict_json(const std::vector<Chain>& chains, const LedgerVerdict& verdict) {
  Json json{{"intact", verdict.intact()}};
  json["chains"] = Json::array();
  for (const Chain& chain : chains) json["chains"].push_back(chain_json(chain));
  Json counters = Json::array();
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
  for (const Chain& chain : chains) text += chain_row(chain) + ui::text_row("Head", chain.head());
  for (const auto& report : verdict.counters) text += counter_rows(report);
  const std::size_t faults = fault_count(verdict.findings);
  return text + findings_text(verdict.findings) +
         ui::text_row("Ledger", faults == 0 ? "intact" : "NOT INTACT: " + plural(faults, "fault"),
                      tone_of(faults));
}

// What was read, and what it can say nothing about.
std::string log_rows(const Reconciliation::Log& log) {
  const std::vector<std::string> hosts(log.hosts.begin(), log.hosts.end());
  std::string words = fmt::format("{}: {} of sshd", printable(log.file), plural(log.messages, "message"));
  if (!hosts.empty()) words += " on " + ui::joined(hosts);
  if (log.unreadable != 0) words += fmt::format(", {} unreadable", log.unreadable);
  if (log.quoted != 0) words += fmt::format(", {} only quoting a login", log.quoted);
  std::string text = ui::text_row("Read", words);
  if (!log.first) return text + ui::text_row("", "no times");
  text += ui::text_row("", "from " + ui::moment_words(*log.first));
  return text + ui::text_row("", "to   " + ui::moment_words(*log.last));
}

Json logs_json(const std::vector<Reconciliation::Log>& logs) {
  Json list = Json::array();
  for (const auto& log : logs) {
    Json each{{"file", ui::json_text(log.file)},
              {"messages", log.messages},
              {"unreadable", log.unreadable},
              {"quoted", log.quoted}};
    ui::put_texts(each, "hosts", {log.hosts.begin(), log.hosts.end()});
    each["from"] = log.first ? Json(io::format_utc(*log.first)) : Json(nullptr);
    each["to"] = log.last ? Json(io::format_utc(*log.last)) : Json(nullptr);
    list.push_back(std::move(each));
  }
  return list;
}

std::string reconciled_text(const Reconciled& result) {
  const std::size_t faults = fault_count(result.findings);
  std::string text;
  for (const auto& log : result.logs) text += log_rows(log);
  return text +
         ui::text_row("Logins", fmt::format("{} by certificates of these CAs, {} by those of others",
                                            result.logins, result.strangers)) +
         findings_text(result.findings) +
         ui::text_row("Logs",
                      faults == 0 ? "agree with the ledger"
                                  : "DO NOT AGREE with the ledger: " + plural(faults, "fault"),
                      tone_of(faults));
}

// Every file must have such a line: a log that was skipped would agree with everything.
Failure no_log(const std::string& path, ByteView text) {
  if (as_text(text).starts_with("BZh")) {
    return fail(Code::kBadInput, path + ": the log is compressed by bzip2",
                "bzcat " + shell_word(path) + " | halligan ledger reconcile -");
  }
  return fail(Code::kBadInput, path + ": contains no message of sshd",
              "journalctl -o json -t sshd -t sshd-session | halligan ledger reconcile -");
}

Result<Reconciliation::Log> read_journal(Reconciliation& reconciliation, const std::string& path) {
  HALLIGAN_TRY(Journal journal, Journal::at(path));
  HALLIGAN_TRY(auto log, reconciliation.read(path, journal));
  if (log.messages != 0 || log.unreadable != 0) return log;
  return fail(Code::kBadInput, path + ": contains no message of sshd");
}

Result<Reconciliation::Log> read_log(Reconciliation& reconciliation, const std::string& path) {
  HALLIGAN_TRY(const io::Kind kind, io::kind_of(path));
  if (kind == io::Kind::kFolder) return read_journal(reconciliation, path);
  HALLIGAN_TRY(auto input, io::InputFile::open(path));
  Bytes text;
  HALLIGAN_CHECK(input.read_rest(text, kLargestLog));
  HALLIGAN_TRY(text, io::decompressed(path, std::move(text), kLargestLog));
  if (is_journal(as_text(text))) {
    if (path != "-") return read_journal(reconciliation, path);
    return fail(Code::kBadInput, "standard input is a journal of systemd-journald", "name the file instead");
  }
  Reconciliation::Log log = reconciliation.read(path, as_text(text), io::unix_seconds());
  if (log.messages == 0 && log.unreadable == 0) return no_log(path, text);
  return log;
}

// Where the last run ended, if there was one. Whoever changes that hides logins.
Result<std::optional<std::string>> saved_cursor(const std::string& file) {
  const auto text = io::read_trusted_file(file, kLargestCursor);
  if (!text && text.error().code == Code::kNotFound) return std::nullopt;
  if (!text) return fail(text.error());
  std::string_view rest = as_text(*text);
  return std::string(next_line(rest));
}

// This computer's journal. @param cursor where the next run goes on; as it is if there was no entry
Result<Reconciliation::Log> read_own_journal(Reconciliation& reconciliation,
                                             const LedgerReconcileOptions& options,
                                             std::optional<std::string>& cursor) {
  const std::string name = "journal";
  HALLIGAN_TRY(Journal journal, Journal::of_this_computer());
  if (options.boot) HALLIGAN_CHECK(journal.choose_boot(*options.boot).in("--boot"));
  std::optional<std::string> start;
  if (options.cursor_file) {
    HALLIGAN_CHECK(
        io::check_new_files({&*options.cursor_file, 1}, io::Existing::kReplace).in("--cursor-file"));
    HALLIGAN_TRY(start, saved_cursor(*options.cursor_file).in("--cursor-file"));
  }
  bool gap = false;
  if (start) {
    HALLIGAN_TRY(const bool still_there, journal.start_after(*start).in("--cursor-file"));
    gap = !still_there;
  }
  HALLIGAN_TRY(auto log, reconciliation.read(name, journal));
  if (gap) reconciliation.note_gap(name, log);
  if (log.messages == 0 && log.unreadable == 0 && !start)
    return fail(Code::kBadInput, "the journal contains no message of sshd");
  cursor = journal.cursor();
  return log;
}

Result<Reconciled> reconcile(const LedgerReconcileOptions& options) {
  if (!options.journal && options.logs.empty()) return fail(Code::kUsage, "name a LOG, or give --journal");
  if (!options.timezone.empty()) HALLIGAN_CHECK(io::set_local_zone(options.timezone).in("--timezone"));
  HALLIGAN_TRY(const auto authorities, read_authorities(options.authorities));
  HALLIGAN_TRY(auto loaded, load_ledgers(options.files));
  Reconciliation reconciliation(loaded.chains, authorities, options.logins);
  std::vector<Reconciliation::Log> logs;
  std::optional<std::string> cursor;
  if (options.journal) {
    HALLIGAN_TRY(auto log, read_own_journal(reconciliation, options, cursor));
    logs.push_back(std::move(log));
  }
  for (const std::string& path : options.logs) {
    HALLIGAN_TRY(auto log, read_log(reconciliation, path));
    logs.push_back(std::move(log));
  }
  reconciliation.finish();
  Reconciled out{reconciliation.logins(), reconciliation.strangers(), std::move(logs), std::move(loaded.torn),
                 std::move(cursor)};
  const auto found = reconciliation.findings();
  out.findings.insert(out.findings.end(), found.begin(), found.end());
  return out;
}

// The chains of all files, each once, in one file for reading; what is cut off at the end of a file is left
// out.
Result<LoadedLedgers> merge_files(const std::vector<std::string>& files, const std::string& output,
                                  io::Existing existing, const std::function<void()>& waiting) {
  for (const std::string& file : files) {
    HALLIGAN_TRY(const bool same, io::same_file(file, output));
    if (!same) continue;
    return fail(Code::kUsage, output + " is one of the ledgers to merge", "choose another name with -o");
  }
  HALLIGAN_CHECK(io::check_new_files({&output, 1}, existing));
  HALLIGAN_TRY(LoadedLedgers loaded, load_ledgers(files));
  std::string text;
  for (const Chain& chain : loaded.chains) {
    if (const auto faults = chain_faults(chain); !faults.empty()) {
      return fail(Code::kNo, chain.name() + " is damaged: " + faults.front().text,
                  "see all with halligan ledger verify");
    }
    for (const Entry& entry : chain.entries) (text += entry.line) += '\n';
  }
  if (text.size() > kLargestLedger) {
    return fail(Code::kBadInput,
                "together they are larger than " + std::to_string(kLargestLedger >> 20) + " MiB",
                "name them all where a ledger is read: halligan ledger verify ONE TWO");
  }
  // The lock keeps another halligan from appending to a file that is about to be replaced.
  HALLIGAN_TRY(const io::Descriptor lock, io::lock_to_replace(output, waiting));
  const io::NewFile file{output, 0600, as_bytes(text)};
  HALLIGAN_CHECK(io::write_files({&file, 1}, existing));
  return loaded;
}

}  // namespace

Result<int> verify_ledgers(const LedgerVerifyOptions& options) {
  HALLIGAN_TRY(const auto check, make_check(options));
  if (options.files.size() == 1) {
    HALLIGAN_TRY(const auto document, report::read_report(options.files.front()));
    if (document) return report::verify_report(*document, check, options.output.json);
  }
  HALLIGAN_TRY(auto loaded, load_ledgers(options.files));
  LedgerVerdict verdict = verify_ledger(loaded.chains, check);
  std::move(loaded.torn.begin(), loaded.torn.end(), std::back_inserter(verdict.findings));
  HALLIGAN_CHECK(ui::print(options.output.json ? ui::json_line(verdict_json(loaded.chains, verdict))
                                               : verdict_text(loaded.chains, verdict)));
  return verdict.intact() ? 0 : 1;
}

Result<int> reconcile_ledgers(const LedgerReconcileOptions& options) {
  HALLIGAN_TRY(const Reconciled result, reconcile(options));
  const bool agree = fault_count(result.findings) == 0;
  HALLIGAN_CHECK(ui::print(options.output.json ? ui::json_line({{"reconciled", agree},
                                                                {"logins", result.logins},
                                                                {"logins_of_other_cas", result.strangers},
                                                                {"logs", logs_json(result.logs)},
                                                                {"findings", findings_json(result.findings)}})
                                               : reconciled_text(result)));
  // Only now: what nobody was told of is read again.
  if (result.cursor && options.cursor_file) {
    const std::string line = *result.cursor + "\n";
    const io::NewFile file{*options.cursor_file, 0600, as_bytes(line)};
    HALLIGAN_CHECK(io::write_files({&file, 1}, io::Existing::kReplace).in("--cursor-file"));
  }
  return agree ? 0 : 1;
}

Result<int> merge_ledgers(const LedgerMergeOptions& options) {
  const auto waiting = [&] { say("waiting: another halligan is writing to " + printable(options.file)); };
  HALLIGAN_TRY(const auto merged,
               merge_files(options.files, options.file, options.output.existing(), waiting)
                   .hint(Code::kExists, "choose another name with -o, or replace it with --force"));
  for (const auto& torn : merged.torn)
    say(torn.text + (torn.kind == FindingCode::kLineCut ? "; left out" : ""));
  Json json{{"file", ui::json_text(options.file)}, {"chains", Json::array()}};
  std::string text;
  for (const Chain& chain : merged.chains) {
    json["chains"].push_back(chain_json(chain));
    text += chain_row(chain);
  }
  HALLIGAN_CHECK(ui::print(options.output.json ? ui::json_line(json) : text));
  return 0;
}

}  // namespace halligan::ledger
