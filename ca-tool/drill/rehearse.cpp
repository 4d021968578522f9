#include "drill/rehearse.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "crypto/digest.hpp"
#include "drill/due.hpp"
#include "drill/host_log.hpp"
#include "drill/login.hpp"
#include "drill/record.hpp"
#include "io/clock.hpp"
#include "io/identity.hpp"
#include "io/process.hpp"
#include "io/signals.hpp"
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
  if (!options.log_login.empty()) HALLIGAN_CHECK(issue::check_host(options.log_login, "--log-login"));
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

bool is_stopped(int stop) { return io::readable_until(stop, std::chrono::steady_clock::now()); }

/// One drill, from its certificate on.
class Rehearsal {
 public:
  Rehearsal(const RunOptions& options, Drill& drill) : options_(options), drill_(drill) {}

  /// Once it is readable, nothing new begins. Before the first login.
  void stop_at(int stop) { stop_ = stop; }

  Result<bool> log_in(const issue::Login& login) {
    const std::string& shown = options_.targets[login.number];
    const issue::Hop& target = login.route.target();
    const std::uint64_t began = passed_time();
    TriedLogin tried;
    if (is_stopped(stop_)) {
      tried.host.outcome = Outcome::kNotReached;
      tried.host.detail = "broken off before this login";
    } else {
      say(fmt::format("{} ({} of {})", printable(shown), login.number + 1, options_.targets.size()));
      HALLIGAN_TRY(tried, log_in_for_proof(login, std::chrono::seconds(options_.timeout), stop_));
    }
    DrilledHost& host = tried.host;
    host.host = printable(shown);
    host.address = one_line(target.words());
    host.account = printable(target.account);
    host.name = printable(target.host);
    host.port = target.port;
    for (Step& each : host.steps) each.began += began;
    drill_.hosts.push_back(std::move(host));
    logged_.push_back(std::move(tried.logged));
    return true;
  }

  // After all logins: what arrives late may take its time, and nobody waits for it in an emergency.
  void fetch_logs(const ssh::Certificate& certificate) {
    if (!options_.fetch_log && options_.log_command.empty()) return;
    for (std::size_t i = 0; i < drill_.hosts.size() && !is_stopped(stop_); ++i) {
      DrilledHost& host = drill_.hosts[i];
      if (host.outcome != Outcome::kOpened) continue;
      const std::uint64_t start = passed_time();
      FoundLine found = fetch_line(options_, drill_, i, certificate, logged_[i], stop_);
      if (found.line.empty() && is_stopped(stop_)) return;
      const std::uint64_t end = passed_time();
      host.steps.push_back({"log", start, end - start});
      host.log = ledger::drills::HostLog{std::move(found.line), end - std::min(end, login_time(host))};
      if (!host.log->seen()) host.detail = fitted(one_line(found.why), kLongestText / 4);
    }
  }

  Result<> ask_for_alerts() {
    if (options_.no_alert) return {};
    for (DrilledHost& host : drill_.hosts) {
      if (host.outcome != Outcome::kOpened) continue;
      if (is_stopped(stop_)) return {};
      const std::uint64_t start = passed_time();
      HALLIGAN_TRY(const Alert alert, ask_for_alert(host));
      if (is_stopped(stop_)) return {};
      host.alert = alert;
      host.steps.push_back({"alert", start, passed_time() - start});
    }
    return {};
  }

 private:
  std::uint64_t passed_time() const { return io::unix_milliseconds() - drill_.began; }

  // When the certificate was accepted.
  static std::uint64_t login_time(const DrilledHost& host) {
    const auto found = std::ranges::find(host.steps, "login", &Step::name);
    return found == host.steps.end() ? 0 : found->began + found->milliseconds;
  }

  Result<Alert> ask_for_alert(const DrilledHost& host) const {
    if (options_.alert_check.empty()) {
      HALLIGAN_TRY(const bool came,
                   io::confirm(fmt::format("Did the alert for the login to {} arrive?", host.host)));
      return came ? Alert::kArrived : Alert::kMissing;
    }
    const auto done = io::run({.argv = {"sh", "-c", options_.alert_check},
                               .out = io::Null{},
                               .err = io::Relayed{},
                               .timeout = std::chrono::seconds(options_.timeout),
                               .variables = drill_variables(drill_, host),
                               .stop = stop_});
    if (done) return done->exit_code == 0 ? Alert::kArrived : Alert::kMissing;
    if (done.error().code != Code::kUnreachable) return fail(done.error());
    // A check that does not end has not seen it.
    say(host.host + ": " + done.error().message);
    return Alert::kMissing;
  }

  const RunOptions& options_;
  Drill& drill_;
  std::vector<LoggedLogin> logged_;  // of each host of the drill
  int stop_ = -1;
};

}  // namespace

Result<Rehearsed> rehearse(const RunOptions& typed) {
  RunOptions options = typed;
  if (options.operated_by.empty()) options.operated_by = io::user_name();
  HALLIGAN_CHECK(check_texts(options));
  if (options.alert_check.empty() && !options.no_alert && !io::have_terminal())
    return fail(Code::kNeedsPerson, "cannot ask whether the alert arrived: no terminal",
                "give --alert-check COMMAND or --no-alert");
  HALLIGAN_TRY(const issue::MintOptions mint, mint_options(options));
  options.selection = mint.selection;
  HALLIGAN_CHECK(load_drills(nullptr));  // before a touch: one that was changed would take no record
  Drill drill = begin(options);
  Rehearsal rehearsal(options, drill);
  const auto delivery =
      issue::deliver_to_ssh(mint, [&](const issue::Login& login) { return rehearsal.log_in(login); });
  HALLIGAN_TRY(auto minted, issue::mint_key(mint, *delivery));
  // From here on a Ctrl-C breaks the drill off, and ends this process once that is on record.
  const io::SignalHold hold(io::kEndingSignals);
  const auto inbox = hold.inbox();
  drill.steps.push_back({"certificate", 0, io::unix_milliseconds() - drill.began});
  const ssh::PublicKey authority = minted.certificate().body.ca;
  describe_certificate(drill, minted.certificate());
  if (inbox) rehearsal.stop_at(inbox->get());
  // Whatever happens, what was seen is recorded.
  auto done = inbox ? Result<>{} : Result<>(fail(inbox.error()));
  if (done) {
    if (auto delivered = delivery->deliver(minted); !delivered) done = fail(std::move(delivered).error());
  }
  if (done) {
    rehearsal.fetch_logs(minted.certificate());
    done = rehearsal.ask_for_alerts();
  }
  const bool stopped = inbox && is_stopped(inbox->get());
  if (stopped) {
    drill.broken_off = "interrupted";
  } else if (!done) {
    drill.broken_off = fitted(printable(done.error().message), kLongestText / 4);
  }
  drill.subject = current_subject(mint.selection.configuration, drill.ca);
  const std::uint64_t now = io::unix_seconds();
  drill.next_due = drill.passed() ? now + options.every * kDay : now;
  HALLIGAN_TRY(std::string file, add_drill(drill, authority).in("the drill is not recorded"));
  if (stopped) say("broken off, and recorded so in " + printable(file));
  HALLIGAN_CHECK(std::move(done));
  return Rehearsed{std::move(drill), std::move(file)};
}

}  // namespace halligan::drill
