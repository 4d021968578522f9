// halligan mint --ssh
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "io/clock.hpp"
#include "io/private_agent.hpp"
#include "io/process.hpp"
#include "issue/agent_store.hpp"
#include "issue/delivery.hpp"
#include "issue/preflight.hpp"
#include "issue/route.hpp"
#include "ui/output.hpp"

namespace halligan::issue {
namespace {

constexpr int kSshFailed = 255;  // ssh's own failures; a remote command may end with it too
constexpr const char* kForwarding = "permit-port-forwarding";

// The algorithms under which a certificate for such a key is offered.
std::string offered_algorithms(const MintOptions& options) {
  if (options.type == "rsa") return "rsa-sha2-512-cert-v01@openssh.com,rsa-sha2-256-cert-v01@openssh.com";
  if (options.type == "ecdsa") return "ecdsa-sha2-*-cert-v01@openssh.com";
  return std::string(ssh::certificate_name(ssh::KeyType::kEd25519));
}

void permit_forwarding(ssh::OptionSet& options) {
  auto& list = options.extensions;
  const auto at = std::ranges::lower_bound(list, kForwarding, {}, &ssh::CertificateOption::name);
  if (at == list.end() || at->name != kForwarding) list.insert(at, ssh::flag_option(kForwarding));
}

// What a certificate is for: the hosts, and the jump hosts of each.
std::vector<Row> login_rows(const std::vector<Route>& routes) {
  constexpr std::size_t kShownHosts = 4;  // more are not read
  std::vector<Row> rows;
  for (std::size_t i = 0; i < std::min(routes.size(), kShownHosts); ++i) {
    rows.emplace_back(i == 0 ? "Log in" : "", routes[i].target().words());
    for (const Hop& hop : routes[i].hops) {
      if (&hop != &routes[i].target()) rows.emplace_back("", "through " + hop.words());
    }
  }
  if (routes.size() > kShownHosts)
    rows.emplace_back("", fmt::format("and {} more", routes.size() - kShownHosts));
  return rows;
}

// Each jump host once.
std::vector<Row> jump_rows(const std::vector<Route>& routes) {
  std::vector<Row> rows;
  for (const Route& route : routes) {
    for (const Hop& hop : route.hops) {
      Row row(rows.empty() ? "Jump hosts" : "", hop.words());
      const bool shown = std::ranges::find(rows, row.second, &Row::second) != rows.end();
      if (&hop != &route.target() && !shown) rows.push_back(std::move(row));
    }
  }
  return rows;
}

class SshDelivery final : public Delivery {
 public:
  SshDelivery(const MintOptions& options, LogIn instead)
      : options_(options),
        hosts_(options.hosts),
        typed_(read_ssh_arguments(options.rest)),
        instead_(std::move(instead)) {}

  Result<> prepare(Plan& plan) override {
    HALLIGAN_TRY(auto agent, io::PrivateAgent::start());
    agent_.emplace(std::move(agent));
    store_.socket = agent_->socket();
    HALLIGAN_CHECK(store_.try_out());
    HALLIGAN_CHECK(find_routes());
    if (!options_.no_preflight) HALLIGAN_CHECK(check_routes(routes_, options_.spec.principals));
    return add_purpose(plan);
  }

  Result<int> deliver(Minted& minted) override {
    auto lifetime = hold(minted);
    minted.pair().wipe();  // somebody may be logged in for long
    if (!lifetime) return fail(not_delivered(std::move(lifetime).error(), minted.issued.front()));
    const ui::HeldBy held{"a private one, for this command", *lifetime, false};
    if (!options_.quiet) ui::tell(minted.issued.front().to_text(ui::held_row(held)));
    int status = 0;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
      HALLIGAN_TRY(const bool go_on, log_in(minted.certificate(), i, status));
      if (!go_on) break;
    }
    return status;
  }

 private:
  bool has_jumps() const {
    return std::ranges::any_of(routes_, [](const Route& route) { return !route.jump.empty(); });
  }

  Result<> find_routes() {
    for (const std::string& host : hosts_) {
      HALLIGAN_TRY(auto route, find_route(question(host, true), host));
      HALLIGAN_CHECK(mention_other_account(host, route.target().account));
      if (route.target().reached_by_command) {
        say(printable(host) +
                " is reached through a ProxyCommand of your configuration, which is left as it is",
            "an ssh in it has no certificate; a jump host would: ProxyJump, or -- -J HOST");
      }
      routes_.push_back(std::move(route));
    }
    if (!has_jumps()) return {};
    HALLIGAN_TRY(const std::string text,
                 jump_configuration(settings(jump_certificate_file()), typed_.configuration,
                                    options_.spec.principals.front()));
    const std::vector<io::NewFile> files{{configuration_file(), 0600, as_bytes(text)}};
    HALLIGAN_CHECK(io::write_files(files, io::Existing::kRefuse));
    for (Route& route : routes_) HALLIGAN_CHECK(add_jumps(route, configuration_file()));
    return {};
  }

  // -l precedes what the configuration says.
  Result<> mention_other_account(const std::string& host, const std::string& account) const {
    if (options_.no_preflight || names_account(host)) return {};
    HALLIGAN_TRY(const std::string theirs, configured_account(question(host, false), host));
    if (theirs.empty() || theirs == account) return {};
    say(fmt::format("your ssh configuration says User {} for {}; this logs in as {}, the first principal",
                    printable(theirs), printable(host), printable(account)),
        fmt::format("to log in as {}: --ssh {}@{}", printable(theirs), printable(theirs), printable(host)));
    return {};
  }

  Result<> add_purpose(Plan& plan) const {
    Subject& target = plan.subjects.front();
    target.purpose = login_rows(routes_);
    if (!has_jumps()) return {};
    if (options_.certificate_per_hop) {
      Subject jumps{.name = target.name,
                    .key = target.key,
                    .options = ssh::OptionSet{plan.spec.options.critical, {}},
                    .purpose = jump_rows(routes_)};
      permit_forwarding(*jumps.options);
      plan.subjects.push_back(std::move(jumps));
      return {};
    }
    for (const std::string& option : options_.spec.certificate_options) {
      if (is_word(option, "no-port-forwarding")) {
        return fail(Code::kUsage,
                    "-O no-port-forwarding, but the way leads through a jump host, which needs it",
                    "give jump hosts a certificate of their own: --certificate-per-hop");
      }
    }
    permit_forwarding(plan.spec.options);
    return {};
  }

  Result<std::uint32_t> hold(const Minted& minted) const {
    std::uint32_t lifetime = 0;
    for (const IssuedCertificate& each : minted.issued) {
      const bool first = &each == &minted.issued.front();
      const std::string line = ssh::format_certificate_line(each.certificate, "") + "\n";
      const std::vector<io::NewFile> files{
          {first ? certificate_file() : jump_certificate_file(), 0600, as_bytes(line)}};
      HALLIGAN_CHECK(io::write_files(files, io::Existing::kRefuse));
      HALLIGAN_TRY(const std::uint32_t left, store_.add(minted.pair(), each.certificate));
      if (first) lifetime = left;
    }
    return lifetime;
  }

  std::string certificate_file() const { return agent_->folder() + "/certificate.pub"; }
  std::string jump_certificate_file() const {
    return options_.certificate_per_hop ? agent_->folder() + "/jump-certificate.pub" : certificate_file();
  }
  std::string configuration_file() const { return agent_->folder() + "/config"; }

  // These precede the user's configuration, and ssh takes the first value of each.
  SshSettings settings(const std::string& certificate) const {
    SshSettings list{
        "IdentityAgent=" + agent_->socket(),
        // With the certificate in a file, ssh offers it first and signs with the agent. Keys that the
        // configuration names besides are of other types and not offered, unless they are such certificates.
        "IdentityFile=" + certificate,
        "IdentitiesOnly=yes",
        "PubkeyAuthentication=yes",
        // By the name from before OpenSSH 8.5, which all releases take.
        "PubkeyAcceptedKeyTypes=" + offered_algorithms(options_),
        "PKCS11Provider=none",
        "ForwardAgent=no",
        // A shared connection was not made with this certificate, and would outlive it.
        "ControlMaster=no",
        "ControlPath=none",
    };
    const auto& configured = options_.selection.configured;
    if (configured && configured->known_hosts)
      list.push_back("GlobalKnownHostsFile=/etc/ssh/ssh_known_hosts \"" + configured->known_hosts->value +
                     '"');
    if (options_.accept_new) list.emplace_back("StrictHostKeyChecking=accept-new");
    return list;
  }

  bool names_account(const std::string& host) const {
    return host.find('@') != std::string::npos || !typed_.account.empty();
  }

  // For ssh -G.
  std::vector<std::string> question(const std::string& host, bool with_account) const {
    auto argv = command(host, nullptr, with_account);
    argv.insert(argv.begin() + 1, typed_.jumps.begin(), typed_.jumps.end());
    return argv;
  }

  // @param route nothing while it is looked for
  std::vector<std::string> command(const std::string& host, const Route* route, bool with_account) const {
    std::vector<std::string> argv{"ssh"};
    const auto option = [&argv](std::string text) { argv.insert(argv.end(), {"-o", std::move(text)}); };
    for (std::string& each : settings(certificate_file())) option(std::move(each));
    if (route != nullptr && !route->jump.empty())
      option("ProxyCommand=" + jump_command(*route, configuration_file(), typed_.verbose));
    if (with_account && !names_account(host))
      argv.insert(argv.end(), {"-l", options_.spec.principals.front()});
    argv.push_back(host);
    argv.insert(argv.end(), typed_.words.begin(), typed_.words.end());
    return argv;
  }

  // One host; `status` is that of the first that failed. @return whether to continue with the next
  Result<bool> log_in(const ssh::Certificate& certificate, std::size_t number, int& status) const {
    if (instead_)
      return instead_(
          {number, routes_[number], command(hosts_[number], &routes_[number], true), certificate});
    const std::string host = printable(hosts_[number]);
    if (certificate.body.valid_before <= io::unix_seconds()) {
      return fail(Code::kNo, "the certificate expired before the login to " + host,
                  "mint a longer one: -V -5m:+60m");
    }
    if (hosts_.size() > 1) say(fmt::format("{} ({} of {})", host, number + 1, hosts_.size()));
    HALLIGAN_TRY(const auto returned, io::run({.argv = command(hosts_[number], &routes_[number], true),
                                               .in = io::Inherited{},
                                               .out = io::Inherited{},
                                               .err = io::Relayed{},
                                               .timeout = std::nullopt,
                                               .foreground = true}));
    if (hosts_.size() > 1 && returned.exit_code != 0)
      say(fmt::format("{}: ssh exited with status {}", host, returned.exit_code));
    if (returned.exit_code == kSshFailed) {
      const RefusedLogin refused{routes_[number], certificate.body.principals, certificate.body.valid_before,
                                 returned.err};
      if (const auto reason = reason_of(refused, io::unix_seconds())) say(*reason);
    }
    if (status == 0) status = returned.exit_code;
    return !returned.interrupted;
  }

  const MintOptions& options_;
  const std::vector<std::string>& hosts_;
  const SshArguments typed_;
  const LogIn instead_;
  std::optional<io::PrivateAgent> agent_;
  AgentStore store_{};
  std::vector<Route> routes_;
};

}  // namespace

std::unique_ptr<Delivery> deliver_to_ssh(const MintOptions& options, LogIn instead) {
  return std::make_unique<SshDelivery>(options, std::move(instead));
}

}  // namespace halligan::issue
