// halligan explain
#include "explain/command.hpp"

#include <fmt/format.h>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "explain/decision.hpp"
#include "explain/log.hpp"
#include "io/clock.hpp"
#include "io/files.hpp"
#include "ledger/sshd_log.hpp"
#include "ssh/text_line.hpp"
#include "ssh/validity.hpp"
#include "trust/command.hpp"
#include "trust/host.hpp"
#include "trust/script.hpp"
#include "trust/snapshot.hpp"
#include "ui/describe.hpp"

namespace halligan::explain {
namespace {

constexpr std::size_t kLargestSubject = std::size_t{1} << 20;
constexpr std::size_t kLargestLog = std::size_t{256} << 20;
constexpr std::size_t kLargestSnapshots = std::size_t{256} << 20;

Result<Subject> read_subject(const std::string& file) {
  HALLIGAN_TRY(const Bytes bytes, io::read_file(file, kLargestSubject));
  const std::string_view text = as_text(bytes);
  HALLIGAN_TRY(const std::string_view line, ssh::only_line(text).in(file));
  if (!ssh::key_type_of_certificate(ssh::first_word(line))) {
    HALLIGAN_TRY(auto key, ssh::parse_public_key_line(line).in(file));
    return Subject{std::move(key.key), {}};
  }
  HALLIGAN_TRY(auto parsed, ssh::parse_certificate_line(line).in(file));
  ssh::PublicKey key = parsed.certificate.body.subject;
  return Subject{std::move(key), std::move(parsed.certificate)};
}

Result<std::uint64_t> moment(const std::string& text, std::uint64_t now) {
  if (text.empty()) return now;
  HALLIGAN_TRY(const auto parsed, ssh::parse_validity("always:" + text, now).in("--at"));
  return parsed.before;
}

Result<trust::Facts> facts_of(const ExplainOptions& options, const std::string& key) {
  if (!options.snapshot.empty()) {
    HALLIGAN_TRY(const Bytes text, io::read_file(options.snapshot, kLargestSnapshots));
    HALLIGAN_TRY(auto all, trust::parse_snapshots(as_text(text)).in(options.snapshot));
    for (trust::Snapshot& each : all) {
      if (options.host.empty() ? all.size() == 1 : each.host == options.host) return std::move(each.facts);
    }
    return fail(Code::kUsage, options.snapshot + ": several hosts, or not this one", "name one with --host");
  }
  HALLIGAN_CHECK(trust::check_accounts({options.user}));
  const trust::Host host{options.host, options.ssh_arguments, options.sudo};
  HALLIGAN_TRY(const std::string text,
               trust::run_script(host, trust::probe_script({options.user}, options.from, key)));
  return trust::parse_facts(text).in(host.shown());
}

std::string verdict_words(const Explanation& found) {
  if (found.verdict == Verdict::kNo) return "no: " + found.refusal()->text;
  std::string out = "yes";
  for (const Step& each : found.steps) {
    if (each.verdict == Verdict::kUnknown) out += (out == "yes" ? ", unless: " : "; ") + each.text;
  }
  return out;
}

Result<> report(const ExplainOptions& options, const trust::Facts& facts, const Login& login,
                const Explanation& found) {
  if (options.output.json) {
    ui::Json json{{"answer", word(found.verdict)},
                  {"host", ui::json_text(facts.host)},
                  {"sshd", ui::json_text(facts.version)},
                  {"user", ui::json_text(login.user)},
                  {"from", ui::json_text(login.from)}};
    ui::put_moment(json, "time", login.at);
    json["steps"] = ui::Json::array();
    for (const Step& each : found.steps) {
      json["steps"].push_back({{"rule", each.name},
                               {"answer", word(each.verdict)},
                               {"text", ui::json_text(each.text)},
                               {"place", ui::json_text(each.place)},
                               {"log", ui::json_text(each.log)},
                               {"next", ui::json_text(each.mend)}});
    }
    return ui::print(ui::json_line(json));
  }
  std::string out = ui::text_row("Host", facts.host + ", " + facts.version) +
                    ui::text_row("Login", login.user + " from " + login.from) +
                    ui::text_row("At", ui::moment_words(login.at));
  for (const Step& each : found.steps) {
    const bool bad = each.verdict == Verdict::kNo;
    out += ui::text_row(bad                             ? "Refused"
                        : each.verdict == Verdict::kYes ? "Passed"
                                                        : "Unknown",
                        each.text + (each.place.empty() ? "" : " (" + each.place + ")"),
                        bad ? ui::Tone::kAlarm : ui::Tone::kPlain);
    std::string_view log = each.log;
    while (!log.empty()) out += ui::foreign_row("Its log says", next_line(log));
    if (!each.mend.empty()) out += ui::text_row("Next", each.mend);
  }
  return ui::print(out + ui::text_row("Answer", verdict_words(found)));
}

// What is known of where a rule is set; the configuration of one account stands for the rest.
std::string place_of(const trust::Facts* facts, const ExplainOptions& options, std::string_view keyword) {
  const trust::Account* const account = facts == nullptr ? nullptr : facts->account(options.user);
  if (account == nullptr || keyword.empty()) return {};
  const Login login{options.user, options.from.empty() ? facts->from : options.from, 0};
  return Setting(*facts, *account, login).place(std::string(keyword));
}

Result<int> explain_log(const ExplainOptions& options) {
  std::optional<trust::Facts> facts;
  if (!options.snapshot.empty() || !options.host.empty() || options.local) {
    HALLIGAN_TRY(facts, facts_of(options, {}));
  }
  Bytes text;
  HALLIGAN_TRY(auto file, io::InputFile::open(options.log));
  HALLIGAN_CHECK(file.read_rest(text, kLargestLog).in(options.log));
  std::string_view log = as_text(text);
  const std::uint64_t now = io::unix_seconds();
  std::size_t found = 0;
  for (std::size_t number = 1; !log.empty(); ++number) {
    const std::string_view record = ledger::next_record(log);
    const auto read = ledger::read_log_line(record, now);
    if (read.line && read.line->writer != ledger::Writer::kSshd) continue;
    std::string_view message = read.line ? std::string_view(read.line->message) : record;
    while (message.ends_with('\r') || message.ends_with('\n')) message.remove_suffix(1);
    const Reason* const reason = reason_in(message);
    if (reason == nullptr) continue;
    ++found;
    const std::string place = place_of(facts ? &*facts : nullptr, options, reason->keyword);
    if (options.output.json) {
      ui::Json json{
          {"line", number},        {"rule", reason->rule},       {"message", ui::json_text(message)},
          {"text", reason->means}, {"keyword", reason->keyword}, {"place", ui::json_text(place)},
          {"next", reason->mend}};
      HALLIGAN_CHECK(ui::print(ui::json_line(json)));
      continue;
    }
    HALLIGAN_CHECK(ui::print(
        ui::foreign_row(fmt::format("Line {}", number), message) +
        ui::text_row("Refused", std::string(reason->means) + (place.empty() ? "" : " (" + place + ")")) +
        ui::text_row("Next", reason->mend)));
  }
  return found == 0 ? 0 : 1;
}

}  // namespace

Result<int> explain_login(const ExplainOptions& options) {
  if (!options.from.empty() && !trust::is_address(options.from))
    return fail(Code::kUsage, "--from: not an address: " + printable(options.from));
  if (!options.log.empty()) {
    if (!options.file.empty()) return fail(Code::kUsage, "FILE and --log do not go together");
    return explain_log(options);
  }
  if (options.file.empty())
    return fail(Code::kUsage, "missing argument FILE", "name a certificate, or --log");
  if (options.host.empty() && !options.local && options.snapshot.empty())
    return fail(Code::kUsage, "no host is named", "add --host HOST, --local or --snapshot FILE");
  HALLIGAN_TRY(const std::uint64_t at, moment(options.at, io::unix_seconds()));
  HALLIGAN_TRY(const Subject subject, read_subject(options.file));
  HALLIGAN_TRY(const trust::Facts facts, facts_of(options, base64(subject.key.blob())));
  const Login login{options.user, options.from.empty() ? facts.from : options.from, at};
  HALLIGAN_TRY(const Explanation found, explain(facts, subject, login));
  HALLIGAN_CHECK(report(options, facts, login, found));
  return found.verdict == Verdict::kNo ? 1 : 0;
}

}  // namespace halligan::explain
