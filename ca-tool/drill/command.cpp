// halligan drill
#include "drill/command.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "ca/selection.hpp"
#include "command/exit_code.hpp"
#include "drill/record.hpp"
#include "drill/rehearse.hpp"
#include "drill/report.hpp"
#include "drill/signatures.hpp"
#include "drill/versions.hpp"
#include "io/clock.hpp"
#include "ui/describe.hpp"
#include "ui/output.hpp"

namespace halligan::drill {
namespace {

struct Found {
  std::vector<DrillLog> logs;
  Status status;
};

Result<Found> find_drills(const LogOptions& options) {
  const bool named = !options.authority.file.empty();
  std::optional<ssh::PublicKey> authority;
  HALLIGAN_TRY(const auto configuration, ca::Configuration::load(options.authority.configuration));
  if (named) {
    HALLIGAN_TRY(const auto selection, ca::select_ca(options.authority, {}));
    authority = selection.expected;
    if (!authority) return fail(Code::kBadInput, "--ca: the public key of that CA is not known");
  }
  const ssh::PublicKey* of = authority ? &*authority : nullptr;
  HALLIGAN_TRY(auto logs, load_drills(of));
  const std::uint64_t now = io::unix_seconds();
  Status status = judge(logs, configuration, now, find_lost(logs, of, now));
  return Found{std::move(logs), std::move(status)};
}

Failure no_drill() { return fail(Code::kNo, "there was no drill", "halligan drill run HOST"); }

// The log with the last drill, or the only one.
Result<const DrillLog*> chosen_log(const Found& found, const SignOptions& options) {
  if (!found.status.last) return no_drill();
  if (options.record && found.logs.size() > 1)
    return fail(Code::kUsage, "--record: there are drills of several CAs", "name one with --ca");
  return &*std::ranges::find(found.logs, found.status.file, &DrillLog::file);
}

Result<std::vector<SignedDrill>> signed_drills(const std::vector<DrillLog>& logs,
                                               const ReportOptions& options) {
  std::vector<std::pair<const DrillLog*, const Drill*>> all;
  for (const DrillLog& log : logs) {
    for (const Drill& each : log.drills) all.emplace_back(&log, &each);
  }
  std::ranges::stable_sort(all, std::greater(), [](const auto& each) { return each.second->time; });
  if (!options.all) all.resize(1);
  std::vector<SignedDrill> drills;
  for (const auto& [log, drill] : all) {
    HALLIGAN_TRY(auto signatures, verify_signatures(*log, drill->number, options.signers));
    drills.push_back({*drill, std::move(signatures)});
  }
  return drills;
}

Result<DrillSignature> sign_last(const std::string& file, std::uint64_t number, const std::string& key) {
  HALLIGAN_TRY(const DrillLog log, ledger::drills::read_drills(file));
  if (number >= log.drills.size()) return fail(Code::kBadInput, printable(file) + ": the record is gone");
  return sign_drill(log, number, Role::kOperator, key, io::Existing::kRefuse);
}

}  // namespace

Result<int> run_drill(const RunOptions& options) {
  HALLIGAN_TRY(Rehearsed done, rehearse(options));
  SignedDrill shown{std::move(done.drill)};
  // The record is there, signed or not: it is shown first.
  auto signature = Result<>{};
  if (!options.sign_with.empty()) {
    auto made = sign_last(done.file, shown.drill.number, options.sign_with);
    if (made) {
      shown.signatures.push_back(*std::move(made));
    } else {
      signature = fail(std::move(made).error().in("the drill is recorded, and not signed"),
                       "halligan drill sign --key " + shell_word(options.sign_with));
    }
  }
  HALLIGAN_CHECK(ui::print(options.output.json ? ui::json_line(to_json(shown)) : to_text(shown)));
  if (!options.output.json) HALLIGAN_CHECK(ui::print(ui::text_row("Recorded", printable(done.file))));
  HALLIGAN_CHECK(std::move(signature));
  return shown.drill.passed() ? 0 : 1;
}

Result<int> show_status(const StatusOptions& options) {
  HALLIGAN_TRY(Found found, find_drills(options));
  const AskOptions ask{options.hosts, options.ssh_arguments, options.timeout};
  HALLIGAN_TRY(const auto hosts, ask_versions(ask, found.logs));
  add_hosts(found.status, hosts);
  const std::uint64_t now = io::unix_seconds();
  if (options.output.json) {
    ui::Json json = to_json(found.status, now);
    json["hosts"] = ui::Json::array();
    for (const AskedHost& each : hosts) json["hosts"].push_back(to_json(each));
    HALLIGAN_CHECK(ui::print(ui::json_line(json)));
  } else {
    std::string text = to_text(found.status, now);
    for (const AskedHost& each : hosts) {
      const bool fine = each.state == HostState::kSame;
      text += ui::foreign_row(&each == &hosts.front() ? "Hosts" : "", each.host + ": " + host_words(each),
                              fine ? ui::Tone::kPlain : ui::Tone::kAlarm);
    }
    HALLIGAN_CHECK(ui::print(text));
  }
  if (!found.status.good()) return 1;
  const bool unasked = std::ranges::find(hosts, HostState::kUnreachable, &AskedHost::state) != hosts.end();
  return unasked ? command::exit_code(Code::kUnreachable) : 0;
}

Result<int> sign_record(const SignOptions& options) {
  HALLIGAN_TRY(const Found found, find_drills(options));
  HALLIGAN_TRY(const DrillLog* log, chosen_log(found, options));
  const std::uint64_t number = options.record.value_or(log->drills.size() - 1);
  if (number >= log->drills.size())
    return fail(Code::kNo, "there is no record " + std::to_string(number) + " in " + printable(log->file));
  const Role role = options.role == role_word(Role::kWitness) ? Role::kWitness : Role::kOperator;
  HALLIGAN_TRY(const DrillSignature made,
               sign_drill(*log, number, role, options.key, options.output.existing()));
  HALLIGAN_CHECK(ui::print(options.output.json ? ui::json_line(to_json(made))
                                               : ui::text_row("Drill", std::to_string(number)) +
                                                     ui::foreign_row("Signed", to_text(made)) +
                                                     ui::text_row("Signature", printable(made.file))));
  return 0;
}

Result<int> report_drills(const ReportOptions& options) {
  HALLIGAN_TRY(const Found found, find_drills(options));
  if (!found.status.last) return no_drill();
  HALLIGAN_TRY(const auto drills, signed_drills(found.logs, options));
  const std::uint64_t now = io::unix_seconds();
  const std::string page = options.html.empty() ? "" : to_html(drills, found.status, now);
  const std::string markdown = options.markdown.empty() ? "" : to_markdown(drills, found.status, now);
  std::vector<io::NewFile> files;
  if (!page.empty()) files.push_back({options.html, 0644, as_bytes(page)});
  if (!markdown.empty()) files.push_back({options.markdown, 0644, as_bytes(markdown)});
  HALLIGAN_CHECK(io::write_files(files, io::Existing::kReplace));
  bool good = true;
  for (const SignedDrill& each : drills) {
    good = good && std::ranges::all_of(each.signatures, &DrillSignature::good);
    if (!options.output.json && &each != &drills.front()) HALLIGAN_CHECK(ui::print("\n"));
    HALLIGAN_CHECK(ui::print(options.output.json ? ui::json_line(to_json(each)) : to_text(each)));
  }
  return good ? 0 : 1;
}

}  // namespace halligan::drill
