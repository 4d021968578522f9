#include "ledger/report/command.hpp"

#include <fmt/format.h>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "ca/key_signers.hpp"
#include "crypto/digest.hpp"
#include "io/clock.hpp"
#include "io/decompress.hpp"
#include "io/files.hpp"
#include "io/folders.hpp"
#include "ledger/drills/log.hpp"
#include "ledger/files.hpp"
#include "ledger/report/audit.hpp"
#include "ssh/validity.hpp"
#include "ui/describe.hpp"

namespace halligan::ledger {
namespace report {
namespace {

using ui::Json;

constexpr std::size_t kLargestHostLog = 512U << 20;
constexpr std::size_t kLargestProof = 64U << 20;
constexpr std::size_t kLargestMadeFile = 64U << 10;

Result<std::uint64_t> moment_of(const std::string& text, const char* option, std::uint64_t fallback) {
  if (text.empty()) return fallback;
  HALLIGAN_TRY(const auto parsed, ssh::parse_validity("always:" + text, io::unix_seconds()).in(option));
  return parsed.before;
}

Result<std::string> made_of(const std::string& file) {
  HALLIGAN_TRY(const Bytes text, io::read_file(file, kLargestMadeFile));
  HALLIGAN_TRY(const auto start, ca::parse_counter_start(as_text(text)).in(printable(file)));
  const Json json{{"version", 1},
                  {"public_key", ssh::format_public_key_line(start.authority, "")},
                  {"counter", start.counter}};
  return json.dump();
}

Result<Terms> terms_of(const LedgerAttestOptions& options) {
  Terms terms{.most_logins = options.logins, .zone = options.timezone};
  HALLIGAN_TRY(terms.from, moment_of(options.from, "--from", 0));
  // What was recorded in this very second is part of it.
  HALLIGAN_TRY(terms.to, moment_of(options.to, "--to", io::unix_seconds() + 1));
  if (terms.to <= terms.from || terms.to == UINT64_MAX)
    return fail(Code::kUsage, "the period is empty, or has no end",
                "name its end, which is not part of it: --to TIME");
  HALLIGAN_TRY(terms.authorities, read_authorities(options.authorities));
  for (const std::string& file : options.made) {
    HALLIGAN_TRY(std::string text, made_of(file));
    terms.made.push_back(std::move(text));
  }
  return terms;
}

// From its start, so that whoever checks it sees no gap, to the end of the period.
Part ledger_part(const Chain& chain, const Terms& terms) {
  Part part{"ledger", printable(chain.label()), {}};
  for (const Entry& each : chain.entries) {
    if (each.record && each.record->seconds() >= terms.to) break;
    (part.contents += each.line) += '\n';
  }
  return part;
}

Part drills_part(const drills::DrillLog& log, const Terms& terms) {
  Part part{"drills", printable(log.file), {}};
  for (const drills::Drill& each : log.drills) {
    if (each.ended() >= terms.to) break;
    (part.contents += drills::format_drill(each)) += '\n';
  }
  return part;
}

Result<Part> log_part(const std::string& path, const Terms& terms) {
  HALLIGAN_TRY(auto input, io::InputFile::open(path));
  Bytes text;
  HALLIGAN_CHECK(input.read_rest(text, kLargestHostLog));
  HALLIGAN_TRY(text, io::decompressed(path, std::move(text), kLargestHostLog));
  HALLIGAN_TRY(auto lines, lines_that_count(as_text(text), terms)
                               .in(printable(path))
                               .hint("of a journal: journalctl -o json -t sshd -t sshd-session >FILE"));
  return Part{"log", printable(path), std::move(lines)};
}

Result<Part> proof_part(const std::string& path) {
  HALLIGAN_TRY(const Bytes text, io::read_file(path, kLargestProof));
  Part part{"proof", printable(path), std::string(as_text(text))};
  if (!part.contents.empty() && part.contents.back() != '\n') part.contents += '\n';
  return part;
}

Result<std::vector<drills::DrillLog>> drill_logs(const LedgerAttestOptions& options) {
  if (options.drills.empty() && options.files.empty()) return drills::load_drills(nullptr);
  std::vector<drills::DrillLog> logs;
  for (const std::string& file : options.drills) {
    HALLIGAN_TRY(auto log, drills::read_drills(file));
    logs.push_back(std::move(log));
  }
  return logs;
}

Result<Document> gather(const LedgerAttestOptions& options) {
  HALLIGAN_TRY(Terms terms, terms_of(options));
  HALLIGAN_CHECK(io::set_local_zone(terms.zone).in("--timezone"));
  HALLIGAN_TRY(LoadedLedgers loaded, load_ledgers(options.files));
  terms.found = std::move(loaded.torn);
  std::vector<Part> parts;
  const auto add = [&](Part part) {
    if (!part.contents.empty()) parts.push_back(std::move(part));
  };
  for (const Chain& chain : loaded.chains) add(ledger_part(chain, terms));
  if (parts.empty()) return fail(Code::kNo, "nothing was recorded before the end of the period");
  HALLIGAN_TRY(const auto drills, drill_logs(options));
  for (const drills::DrillLog& each : drills) add(drills_part(each, terms));
  for (const std::string& path : options.logs) {
    HALLIGAN_TRY(Part part, log_part(path, terms));
    // A log without a login is an answer, too.
    parts.push_back(std::move(part));
  }
  for (const std::string& path : options.proofs) {
    HALLIGAN_TRY(Part part, proof_part(path));
    add(std::move(part));
  }
  return make_document(terms, parts);
}

Json findings_of(const std::vector<LedgerFinding>& findings) {
  Json list = Json::array();
  for (const LedgerFinding& each : findings)
    list.push_back({{"severity", each.kind.fault ? "fault" : "note"},
                    {"code", each.kind.code},
                    {"text", ui::json_text(each.text)}});
  return list;
}

// What whoever asks has found besides, by rules of their own.
std::vector<LedgerFinding> all_findings(const Audit& audit, const LedgerCheck& check) {
  std::vector<LedgerFinding> all = audit.findings;
  for (LedgerFinding& each : verify_ledger(audit.chains, check).findings) {
    const bool known = std::ranges::any_of(
        audit.findings, [&](const LedgerFinding& other) { return other.text == each.text; });
    if (!known) all.push_back(std::move(each));
  }
  return all;
}

std::string verdict_rows(const Derived& derived, const std::vector<LedgerFinding>& findings, bool good) {
  std::string text =
      ui::text_row("Period", io::format_utc(derived.terms.from) + " to " + io::format_utc(derived.terms.to));
  for (const Compared& each : derived.compared) {
    text +=
        each.holds()
            ? ui::text_row("Holds", each.name + ": " + each.found)
            : ui::text_row("FALSE",
                           printable(each.name) + ": " + printable(each.said) + ", and it is " + each.found,
                           ui::Tone::kAlarm);
  }
  for (const LedgerFinding& each : findings)
    text += ui::foreign_row(each.kind.fault ? "FAULT" : "Note", one_line(each.text));
  return text + ui::text_row("Report",
                             !derived.holds() ? "DOES NOT HOLD"
                             : good           ? "holds"
                                              : "holds, and tells of faults",
                             good ? ui::Tone::kPlain : ui::Tone::kAlarm);
}

}  // namespace

Result<std::optional<Document>> read_report(const std::string& path) {
  // A pipe can be read only once, and a ledger may come through one.
  HALLIGAN_TRY(const io::Kind kind, io::kind_of(path));
  if (kind != io::Kind::kFile) return std::nullopt;
  HALLIGAN_TRY(const Bytes text, io::read_file(path, kLargestReport));
  if (!is_document(as_text(text))) return std::nullopt;
  HALLIGAN_TRY(Document document, parse_document(as_text(text)).in(printable(path)));
  return std::optional(std::move(document));
}

Result<int> verify_report(const Document& document, const LedgerCheck& check, bool json) {
  HALLIGAN_TRY(const Derived derived, derive_again(document));
  const auto findings = all_findings(derived.audit, check);
  const bool good = derived.holds() && fault_count(findings) == 0;
  if (!json) {
    HALLIGAN_CHECK(ui::print(verdict_rows(derived, findings, good)));
    return good ? 0 : 1;
  }
  Json out{{"holds", derived.holds()}, {"numbers", Json::array()}};
  for (const Compared& each : derived.compared)
    out["numbers"].push_back({{"name", ui::json_text(each.name)},
                              {"said", ui::json_text(each.said)},
                              {"found", each.found},
                              {"holds", each.holds()}});
  out["findings"] = findings_of(findings);
  HALLIGAN_CHECK(ui::print(ui::json_line(out)));
  return good ? 0 : 1;
}

}  // namespace report

Result<int> attest_ledgers(const LedgerAttestOptions& options) {
  std::vector<std::string> names{options.file};
  if (!options.key.empty()) names.push_back(options.file + ".sig");
  HALLIGAN_CHECK(io::check_new_files(names, options.output.existing())
                     .hint(Code::kExists, "choose another name with -o, or replace it with --force"));
  HALLIGAN_TRY(const report::Document document, report::gather(options));
  const std::string text = report::format_document(document);
  std::string signature;
  std::vector<io::NewFile> files{{options.file, 0600, as_bytes(text)}};
  if (!options.key.empty()) {
    HALLIGAN_TRY(signature, ca::sign_by_ssh_keygen(options.key, report::kNamespace, text));
    files.push_back({options.file + ".sig", 0644, as_bytes(signature)});
  }
  HALLIGAN_CHECK(io::write_files(files, options.output.existing()));
  const ui::Json summary = ui::Json::parse(document.parts[1].contents);
  const std::string sum = hex(crypto::sha256(as_bytes(text)));
  const bool good = summary["faults"] == 0;
  ui::Json json{{"file", ui::json_text(options.file)},
                {"sha256", sum},
                {"signed", !options.key.empty()},
                {"summary", summary}};
  HALLIGAN_CHECK(ui::print(
      options.output.json ? ui::json_line(json)
                          : ui::text_row("Report", printable(options.file) +
                                                       (options.key.empty() ? ", not signed" : ", signed")) +
                                ui::text_row("SHA-256", sum) +
                                ui::text_row("Found",
                                             fmt::format("{} faults, {} notes", summary["faults"].dump(),
                                                         summary["notes"].dump()),
                                             good ? ui::Tone::kPlain : ui::Tone::kAlarm)));
  return good ? 0 : 1;
}

}  // namespace halligan::ledger
