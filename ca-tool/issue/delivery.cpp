#include "issue/delivery.hpp"

#include <fmt/format.h>

#include "base/codec.hpp"
#include "io/unix_socket.hpp"
#include "issue/agent_store.hpp"
#include "request/proof.hpp"
#include "ui/output.hpp"

namespace halligan::issue {
namespace {

// FILE (0600), FILE.pub and FILE-cert.pub, all or none; the certificate's key ID is their comment.
class FileDelivery final : public Delivery {
 public:
  explicit FileDelivery(const MintOptions& options) : file_(options.file), output_(options.output) {}

  Result<> prepare() override {
    return io::check_new_files(std::vector{file_, file_ + ".pub", certificate_file_}, output_.existing())
        .hint(Code::kExists, "choose another name with -o, or replace it with --force");
  }

  Result<int> deliver(Minted& minted) override {
    const ssh::Certificate& certificate = minted.issued.certificate;
    HALLIGAN_CHECK(request::write_key_pair(file_, minted.key, certificate.body.key_id, output_.existing(),
                                           &certificate));
    const std::string login = printable(certificate.body.principals.front());
    HALLIGAN_CHECK(ui::print(
        output_.json ? ui::json_line(minted.issued.to_json(certificate_file_))
                     : minted.issued.to_text(certificate_file_) +
                           ui::text_row("Log in", fmt::format("ssh -i {} -o IdentitiesOnly=yes {}@HOST",
                                                              file_, login))));
    return 0;
  }

 private:
  const std::string& file_;
  const ui::OutputOptions& output_;
  const std::string certificate_file_ = file_ + "-cert.pub";
};

class AgentDelivery final : public Delivery {
 public:
  explicit AgentDelivery(const MintOptions& options)
      : store_{io::agent_socket(), options.confirm}, json_(options.output.json) {}

  Result<> prepare() override { return store_.try_out(); }

  Result<int> deliver(Minted& minted) override {
    const ssh::Certificate& certificate = minted.issued.certificate;
    auto lifetime = store_.add(minted.key, certificate);
    if (!lifetime) return fail(not_delivered(std::move(lifetime).error(), minted.issued));
    const ui::HeldBy held{store_.socket, *lifetime, store_.confirm};
    const std::string login = "ssh " + printable(certificate.body.principals.front()) + "@HOST";
    HALLIGAN_CHECK(ui::print(json_ ? ui::json_line(minted.issued.to_json(held))
                                   : minted.issued.to_text(held) + ui::text_row("Log in", login)));
    return 0;
  }

 private:
  AgentStore store_;
  bool json_;
};

}  // namespace

Error not_delivered(Error error, const IssuedCertificate& issued) {
  error.hint += error.hint.empty() ? "mint another" : "; then mint another";
  return std::move(error).in(fmt::format("certificate {} was signed{}, but not delivered",
                                         issued.certificate.body.serial,
                                         issued.place ? " and recorded" : ""));
}

Result<std::unique_ptr<Delivery>> make_delivery(const MintOptions& options) {
  if (options.hosts.empty() && !options.ssh_arguments.empty()) {
    return fail(Code::kUsage, "arguments after -- need --ssh HOST");
  }
  for (const std::string& host : options.hosts) {
    // ssh would take it for an option, and options can name programs to run.
    if (host.empty() || host.starts_with('-'))
      return fail(Code::kUsage, "--ssh: not a host: " + printable(host));
  }
  if (!options.hosts.empty()) return deliver_to_ssh(options);
  if (options.agent) return std::make_unique<AgentDelivery>(options);
  return std::make_unique<FileDelivery>(options);
}

}  // namespace halligan::issue
