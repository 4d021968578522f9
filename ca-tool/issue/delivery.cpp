#include "issue/delivery.hpp"

#include <fmt/format.h>

#include "base/codec.hpp"
#include "base/program.hpp"
#include "io/clock.hpp"
#include "io/private_agent.hpp"
#include "io/process.hpp"
#include "io/unix_socket.hpp"
#include "issue/agent_store.hpp"
#include "request/proof.hpp"
#include "ui/output.hpp"

namespace halligan::issue {
namespace {

constexpr std::size_t kLargestCertificate = 64 * 1024;

// A part of a command line, to be put between double quotes.
std::string within_quotes(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\\"$`").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

// FILE (0600), FILE.pub and FILE-cert.pub, all or none; the certificate's key ID is their comment.
class FileDelivery final : public Delivery {
 public:
  explicit FileDelivery(const MintOptions& options)
      : file_(options.file), output_(options.output), quiet_(options.quiet) {}

  Result<> prepare(Plan& /*plan*/) override {
    auto free = io::check_new_files(std::vector{file_, file_ + ".pub", certificate_file_}, output_.existing())
                    .hint(Code::kExists, "choose another name with -o, or replace it with --force")
                    .hint(Code::kNotFound, "make that folder, or choose another place with -o");
    if (!free && free.error().code == Code::kExists) free.error().message += leftover();
    return free;
  }

  Result<int> deliver(Minted& minted) override {
    const ssh::Certificate& certificate = minted.certificate();
    const IssuedCertificate& issued = minted.issued.front();
    auto written = std::visit(
        [&](const auto& key) {
          return request::write_key_pair(file_, key, certificate.body.key_id, output_.existing(),
                                         &certificate);
        },
        minted.key);
    if (!written) return fail(not_delivered(std::move(written).error(), issued));
    if (output_.json) {
      HALLIGAN_CHECK(ui::print(ui::json_line(issued.to_json(certificate_file_))));
    } else if (!quiet_) {
      HALLIGAN_CHECK(ui::print(issued.to_text(ui::origin_rows(certificate_file_), login_rows(certificate))));
    }
    return 0;
  }

 private:
  // What is known of the certificate that is there: it may still do, or be of no use.
  std::string leftover() const {
    const auto text = io::read_file(certificate_file_, kLargestCertificate);
    const auto line = ssh::parse_certificate_file(text ? as_text(*text) : "");
    if (!line) return {};
    const std::uint64_t end = line->certificate.body.valid_before;
    const std::uint64_t now = io::unix_seconds();
    if (end <= now) return "; its certificate expired " + ui::duration_words(now - end) + " ago";
    return "; its certificate is valid for " + ui::duration_words(end - now) + " more";
  }

  // A jump host is not given the key of -i: its own ssh is.
  std::string login_rows(const ssh::Certificate& certificate) const {
    const std::string account = printable(certificate.body.principals.front());
    const std::string ssh = fmt::format("ssh -i {} -o IdentitiesOnly=yes", shell_word(file_));
    const std::string rows = ui::text_row("Log in", fmt::format("{} {}@HOST", ssh, account));
    if (ssh::find_option(certificate.body.extensions, "permit-port-forwarding") == nullptr) return rows;
    // Three rows, because it is to be read and copied from a screen of 80 columns.
    return rows + ui::text_row("by a jump", fmt::format("{} {}@HOST \\", ssh, account)) +
           ui::text_row("", fmt::format("  -o ProxyCommand=\"{} \\", within_quotes(ssh))) +
           ui::text_row("", fmt::format("  -W %h:%p {}@JUMP\"", account));
  }

  const std::string& file_;
  const ui::OutputOptions& output_;
  const bool quiet_;
  const std::string certificate_file_ = file_ + "-cert.pub";
};

class AgentDelivery final : public Delivery {
 public:
  explicit AgentDelivery(const MintOptions& options)
      : options_(options), store_{io::agent_socket(), options.confirm} {}

  Result<> prepare(Plan& /*plan*/) override { return store_.try_out(); }

  Result<int> deliver(Minted& minted) override {
    const ssh::Certificate& certificate = minted.certificate();
    auto lifetime = store_.add(minted.pair(), certificate);
    if (!lifetime) return fail(not_delivered(std::move(lifetime).error(), minted.issued.front()));
    const ui::HeldBy held{store_.socket, *lifetime, store_.confirm};
    const IssuedCertificate& issued = minted.issued.front();
    if (options_.output.json) {
      HALLIGAN_CHECK(ui::print(ui::json_line(issued.to_json(held))));
    } else if (!options_.quiet) {
      HALLIGAN_CHECK(ui::print(issued.to_text(ui::held_row(held), login_rows(certificate))));
    }
    return 0;
  }

 private:
  static std::string login_rows(const ssh::Certificate& certificate) {
    const std::string account = printable(certificate.body.principals.front());
    const std::string rows = ui::text_row("Log in", fmt::format("ssh {}@HOST", account));
    if (ssh::find_option(certificate.body.extensions, "permit-port-forwarding") == nullptr) return rows;
    return rows + ui::text_row("by a jump", fmt::format("ssh -J {}@JUMP {}@HOST", account, account));
  }

  const MintOptions& options_;
  AgentStore store_;
};

// A program of the user's, with an agent of ours.
class CommandDelivery final : public Delivery {
 public:
  explicit CommandDelivery(const MintOptions& options) : argv_(options.rest), quiet_(options.quiet) {}

  Result<> prepare(Plan& /*plan*/) override {
    HALLIGAN_CHECK(find_program(argv_.front()));
    HALLIGAN_TRY(auto agent, io::PrivateAgent::start());
    agent_.emplace(std::move(agent));
    return AgentStore{agent_->socket()}.try_out();
  }

  Result<int> deliver(Minted& minted) override {
    auto lifetime = AgentStore{agent_->socket()}.add(minted.pair(), minted.certificate());
    minted.pair().wipe();
    const IssuedCertificate& issued = minted.issued.front();
    if (!lifetime) return fail(not_delivered(std::move(lifetime).error(), issued));
    if (!quiet_)
      ui::tell(issued.to_text(ui::held_row({"a private one, for this command", *lifetime, false})));
    HALLIGAN_TRY(const auto done,
                 io::run({.argv = argv_,
                          .in = io::Inherited{},
                          .out = io::Inherited{},
                          .err = io::Inherited{},
                          .timeout = std::nullopt,
                          .variables = {{"SSH_AUTH_SOCK", agent_->socket()}, {"SSH_AGENT_PID", std::nullopt}},
                          .foreground = true}));
    return done.exit_code;
  }

 private:
  const std::vector<std::string>& argv_;
  const bool quiet_;
  std::optional<io::PrivateAgent> agent_;
};

}  // namespace

std::unique_ptr<Delivery> deliver_to_command(const MintOptions& options) {
  return std::make_unique<CommandDelivery>(options);
}

Result<> check_host(const std::string& host, std::string_view option) {
  // ssh would take it for an option, and options can name programs to run.
  if (!host.empty() && !host.starts_with('-')) return {};
  return fail(Code::kUsage, std::string(option) + ": not a host: " + printable(host));
}

Result<std::unique_ptr<Delivery>> make_delivery(const MintOptions& options) {
  if (options.on_token() && (options.agent || options.run || !options.hosts.empty())) {
    return fail(Code::kUsage, "a key on a token goes into files: -t " + options.type,
                "mint it with -o FILE, then use FILE with ssh -i or ssh-add");
  }
  if (!options.subject_device.empty() && !options.on_token())
    return fail(Code::kUsage, "--subject-device needs -t ed25519-sk or ecdsa-sk");
  if (options.run && options.rest.empty())
    return fail(Code::kUsage, "--run: no command",
                "it follows --: halligan mint … --run -- scp FILE root@HOST:");
  if (options.hosts.empty() && !options.run && !options.rest.empty())
    return fail(Code::kUsage, "arguments after -- need --ssh HOST or --run");
  for (const std::string& host : options.hosts) HALLIGAN_CHECK(check_host(host, "--ssh"));
  if (!options.hosts.empty()) return deliver_to_ssh(options);
  if (options.run) return deliver_to_command(options);
  if (options.agent) return std::make_unique<AgentDelivery>(options);
  return std::make_unique<FileDelivery>(options);
}

}  // namespace halligan::issue
