// halligan mint --ssh
#include <fmt/format.h>

#include <optional>

#include "base/log.hpp"
#include "io/clock.hpp"
#include "io/private_agent.hpp"
#include "io/process.hpp"
#include "issue/agent_store.hpp"
#include "issue/delivery.hpp"
#include "ui/output.hpp"

namespace halligan::issue {
namespace {

constexpr std::chrono::seconds kConfigurationWait{30};  // "Match exec" may run programs

// The algorithms under which a certificate for such a key is offered.
std::string offered_algorithms(const MintOptions& options) {
  if (options.type == "rsa") return "rsa-sha2-512-cert-v01@openssh.com,rsa-sha2-256-cert-v01@openssh.com";
  if (options.type == "ecdsa") return "ecdsa-sha2-*-cert-v01@openssh.com";
  return std::string(ssh::certificate_name(ssh::KeyType::kEd25519));
}

class SshDelivery final : public Delivery {
 public:
  explicit SshDelivery(const MintOptions& options) : options_(options), hosts_(options.hosts) {}

  Result<> prepare() override {
    HALLIGAN_TRY(auto agent, io::PrivateAgent::start());
    agent_.emplace(std::move(agent));
    store_.socket = agent_->socket();
    HALLIGAN_CHECK(store_.try_out());
    for (const std::string& host : hosts_) HALLIGAN_CHECK(check_arguments(host));
    return {};
  }

  Result<int> deliver(Minted& minted) override {
    auto lifetime = hold(minted);
    minted.key.wipe();  // somebody may be logged in for long
    if (!lifetime) return fail(not_delivered(std::move(lifetime).error(), minted.issued));
    ui::tell(minted.issued.to_text(ui::HeldBy{"a private one, for this command", *lifetime, false}));
    int status = 0;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
      HALLIGAN_TRY(const bool go_on, log_in(minted.issued.certificate, i, status));
      if (!go_on) break;
    }
    return status;
  }

 private:
  Result<std::uint32_t> hold(const Minted& minted) const {
    const std::string line = ssh::format_certificate_line(minted.issued.certificate, "") + "\n";
    const std::vector<io::NewFile> files{{certificate_file(), 0600, as_bytes(line)}};
    HALLIGAN_CHECK(io::write_files(files, io::Existing::kRefuse));
    return store_.add(minted.key, minted.issued.certificate);
  }

  std::string certificate_file() const { return agent_->folder() + "/certificate.pub"; }

  // These options precede the user's configuration, and ssh takes the first value of each.
  std::vector<std::string> command(const std::string& host, bool only_check) const {
    std::vector<std::string> argv{"ssh"};
    // Without -T, ssh says that our standard input is not a terminal.
    if (only_check) argv.insert(argv.end(), {"-G", "-T"});
    const auto option = [&argv](std::string text) { argv.insert(argv.end(), {"-o", std::move(text)}); };
    option("IdentityAgent=" + agent_->socket());
    // With the certificate in a file, ssh offers it first and signs with the agent. Keys that the
    // configuration names besides are of other types and not offered, unless they are such certificates, too.
    option("IdentityFile=" + certificate_file());
    option("IdentitiesOnly=yes");
    option("PubkeyAuthentication=yes");
    option("PubkeyAcceptedAlgorithms=" + offered_algorithms(options_));
    option("PKCS11Provider=none");
    option("ForwardAgent=no");
    // A shared connection was not made with this certificate, and would outlive it.
    option("ControlMaster=no");
    option("ControlPath=none");
    const auto& configured = options_.selection.configured;
    if (configured && configured->known_hosts)
      option("GlobalKnownHostsFile=/etc/ssh/ssh_known_hosts \"" + configured->known_hosts->value + '"');
    if (host.find('@') == std::string::npos)
      argv.insert(argv.end(), {"-l", options_.spec.principals.front()});
    argv.push_back(host);
    argv.insert(argv.end(), options_.ssh_arguments.begin(), options_.ssh_arguments.end());
    return argv;
  }

  Result<> check_arguments(const std::string& host) const {
    HALLIGAN_TRY(const auto checked,
                 io::run({.argv = command(host, true), .err = io::Inherited{}, .timeout = kConfigurationWait})
                     .hint("install it: apt install openssh-client"));
    if (checked.exit_code == 0) return {};
    return fail(Code::kUsage, "ssh rejects its arguments or its configuration for " + printable(host),
                "check the arguments after --, which follow the host's name");
  }

  // One host; `status` is that of the first that failed. @return whether to continue with the next
  Result<bool> log_in(const ssh::Certificate& certificate, std::size_t number, int& status) const {
    const std::string& host = hosts_[number];
    if (certificate.body.valid_before <= io::unix_seconds()) {
      return fail(Code::kNo, "the certificate expired before the login to " + printable(host),
                  "mint a longer one: -V -5m:+60m");
    }
    if (hosts_.size() > 1) say(fmt::format("{} ({} of {})", printable(host), number + 1, hosts_.size()));
    HALLIGAN_TRY(const auto returned, io::run({.argv = command(host, false),
                                               .in = io::Inherited{},
                                               .out = io::Inherited{},
                                               .err = io::Inherited{},
                                               .timeout = std::nullopt,
                                               .foreground = true}));
    if (hosts_.size() > 1 && returned.exit_code != 0) {
      say(fmt::format("{}: ssh exited with status {}", printable(host), returned.exit_code));
    }
    if (status == 0) status = returned.exit_code;
    return !returned.interrupted;
  }

  const MintOptions& options_;
  const std::vector<std::string>& hosts_;
  std::optional<io::PrivateAgent> agent_;
  AgentStore store_{};
};

}  // namespace

std::unique_ptr<Delivery> deliver_to_ssh(const MintOptions& options) {
  return std::make_unique<SshDelivery>(options);
}

}  // namespace halligan::issue
