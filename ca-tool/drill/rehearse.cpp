#include "drill/rehearse.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "crypto/digest.hpp"
#include "drill/due.hpp"
#include "drill/login.hpp"
#include "drill/record.hpp"
#include "io/clock.hpp"
#include "io/identity.hpp"
#include "io/process.hpp"
#include "io/terminal.hpp"
#include "issue/delivery.hpp"

namespace halligan::drill {
namespace {

constexpr std::size_t kLongestHost = 255;  // RFC 1035 has names of 253
constexpr std::uint64_t kDay = 24 * 60 * 60;

Result<> check_texts(const RunOptions& options) {
  std::vector<std::pair<std::string_view, std::string_view>> texts{
      {"--operator", options.operated_by}, {"--witness", options.witness}, {"--approval", options.approval}};
  for (const auto& each : options.seals) texts.emplace_back("--seal", each);
  for (const auto& each : options.new_seals) texts.emplace_back("--new-seal", each);
  for (const auto& each : options.findings) texts.emplace_back("--finding", each);
  for (const auto& [option, text] : texts) {
    // In printable() a byte has four characters at most.
    if (plays_tricks(text) || text.size() > kLongestText / 4)
      return fail(Code::kUsage, fmt::format("{}: expected one line of at most {} printable bytes", option,
                                            kLongestText / 4));
  }
  for (const std::size_t count :
       {options.targets.size(), options.seals.size(), options.new_seals.size(), options.findings.size()})
    if (count > kMostInList) return fail(Code::kUsage, "more than 1024 of a kind");
  return {};
}

// As mint has it: the account is part of the host's name.
Result<std::vector<std::string>> hosts_of(const RunOptions& options) {
  std::vector<std::string> hosts;
  HALLIGAN_CHECK(issue::check_host(options.account, "--account"));
  for (const std::string& host : options.targets) {
    HALLIGAN_CHECK(issue::check_host(host, "HOST"));
    if (host.size() > kLongestHost) return fail(Code::kUsage, "HOST: a name of more than 255 bytes");
    const bool has_account = host.find('@') != std::string::npos || host.starts_with("ssh://");
    hosts.push_back(has_account ? host : options.account + "@" + host);
  }
  return hosts;
}

Result<issue::MintOptions> mint_options(const RunOptions& typed) {
  RunOptions options = typed;
  HALLIGAN_TRY(options.hosts, hosts_of(options));
  HALLIGAN_CHECK(issue::complete(options));
  // The CA's own validity is a matter of hours.
  if (options.spec.validity.empty()) options.spec.validity = kDrillValidity;
  issue::take_defaults(options);
  if (options.spec.principals.empty()) options.spec.principals = {options.account};
  options.spec.certificate_options = {"clear", std::string("force-command=") + kProofCommand};
  if (options.spec.key_id.empty())
    options.spec.key_id = fmt::format("drill ({}): {}", options.kind, options.operated_by);
  options.certificate_per_hop = true;  // the hosts' own opens no ways to others
  options.no_preflight = true;         // a host that does not answer is a result
  return options;
}

// @return how it stands with the alert, by the command of the person
Result<Alert> check_alert(const RunOptions& options, const Drill& drill, const DrilledHost& host) {
  HALLIGAN_TRY(const auto done,
               io::run({.argv = {"sh", "-c", options.alert_check},
                        .out = io::Null{},
                        .err = io::Relayed{},
                        .timeout = std::chrono::seconds(options.timeout),
                        .variables = {{"HALLIGAN_DRILL_HOST", host.host},
                                      {"HALLIGAN_DRILL_SERIAL", std::to_string(drill.serial)},
                                      {"HALLIGAN_DRILL_KEY_ID", drill.key_id},
                                      {"HALLIGAN_DRILL_CA", drill.ca},
                                      {"HALLIGAN_DRILL_BEGAN", std::to_string(drill.began / 1000)}}}));
  return done.exit_code == 0 ? Alert::kArrived : Alert::kMissing;
}

Result<Alert> ask_for_alert(const RunOptions& options, const Drill& drill, const DrilledHost& host) {
  if (options.alert_check.empty()) {
    HALLIGAN_TRY(const bool came,
                 io::confirm(fmt::format("Did the alert for the login to {} arrive?", host.host)));
    return came ? Alert::kArrived : Alert::kMissing;
  }
  auto alert = check_alert(options, drill, host);
  // A check that does not end has not seen it.
  if (!alert && alert.error().code == Code::kUnreachable) {
    say(host.host + ": " + alert.error().message);
    return Alert::kMissing;
  }
  return alert;
}

// After all logins: an alert may take its time, and nobody waits for it in an emergency.
Result<> ask_for_alerts(const RunOptions& options, Drill& drill) {
  if (options.no_alert) return {};
  for (DrilledHost& host : drill.hosts) {
    if (host.outcome != Outcome::kOpened) continue;
    const std::uint64_t start = io::unix_milliseconds();
    HALLIGAN_TRY(host.alert, ask_for_alert(options, drill, host));
    host.steps.push_back({"alert", start - drill.began, io::unix_milliseconds() - start});
  }
  return {};
}

void describe_certificate(Drill& drill, const ssh::Certificate& certificate) {
  const ssh::CertificateBody& body = certificate.body;
  drill.ca = crypto::fingerprint(body.ca);
  drill.key_id = printable(body.key_id);
  for (const std::string& each : body.principals) drill.principals.push_back(printable(each));
  drill.serial = body.serial;
  drill.valid_after = body.valid_after;
  drill.valid_before = body.valid_before;
  if (ssh::is_sk(certificate.signature.algorithm)) drill.counter = certificate.signature.counter;
}

Drill begin(const RunOptions& options) {
  Drill drill;
  drill.began = io::unix_milliseconds();
  drill.kind = options.kind;
  drill.operated_by = options.operated_by;
  drill.witness = options.witness;
  drill.approval = options.approval;
  drill.reason = printable(options.ledger.reason);
  drill.seals = options.seals;
  drill.new_seals = options.new_seals;
  drill.findings = options.findings;
  drill.account = printable(options.account);
  return drill;
}

}  // namespace

Result<Rehearsed> rehearse(const RunOptions& typed) {
  RunOptions options = typed;
  if (options.operated_by.empty()) options.operated_by = io::user_name();
  HALLIGAN_CHECK(check_texts(options));
  if (options.alert_check.empty() && !options.no_alert && !io::have_terminal())
    return fail(Code::kNeedsPerson, "cannot ask whether the alert arrived: no terminal",
                "give --alert-check COMMAND or --no-alert");
  HALLIGAN_TRY(const issue::MintOptions mint, mint_options(options));
  HALLIGAN_CHECK(load_drills(nullptr));  // before a touch: one that was changed would take no record
  Drill drill = begin(options);
  const auto log_in = [&](const issue::Login& login) -> Result<bool> {
    const std::string& shown = options.targets[login.number];
    say(fmt::format("{} ({} of {})", printable(shown), login.number + 1, options.targets.size()));
    const std::uint64_t began = io::unix_milliseconds() - drill.began;
    HALLIGAN_TRY(DrilledHost host, log_in_for_proof(login, std::chrono::seconds(options.timeout)));
    host.host = printable(shown);
    const issue::Hop& target = login.route.target();
    host.address = one_line(target.words());
    host.account = printable(target.account);
    host.name = printable(target.host);
    host.port = target.port;
    for (Step& each : host.steps) each.began += began;
    drill.hosts.push_back(std::move(host));
    return true;
  };
  const auto delivery = issue::deliver_to_ssh(mint, log_in);
  HALLIGAN_TRY(auto minted, issue::mint_key(mint, *delivery));
  drill.steps.push_back({"certificate", 0, io::unix_milliseconds() - drill.began});
  const ssh::PublicKey authority = minted.certificate().body.ca;
  describe_certificate(drill, minted.certificate());
  // Whatever happens from here on, what was seen is recorded.
  auto delivered = delivery->deliver(minted);
  auto asked = delivered ? ask_for_alerts(options, drill) : Result<>{};
  drill.subject = current_subject(mint.selection.configuration, drill.ca);
  const std::uint64_t now = io::unix_seconds();
  drill.next_due = delivered && asked && drill.passed() ? now + options.every * kDay : now;
  HALLIGAN_TRY(std::string file, add_drill(drill, authority).in("the drill is not recorded"));
  HALLIGAN_CHECK(std::move(delivered));
  HALLIGAN_CHECK(std::move(asked));
  return Rehearsed{std::move(drill), std::move(file)};
}

}  // namespace halligan::drill
