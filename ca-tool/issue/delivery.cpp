#include "issue/delivery.hpp"

#include <fmt/format.h>

#include "base/codec.hpp"
#include "ui/output.hpp"

namespace halligan::issue {
namespace {

class FileDelivery final : public Delivery {
 public:
  explicit FileDelivery(const MintOptions& options) : file_(options.file), output_(options.output) {}

  Result<> prepare() override {
    return check_minted_files(file_, output_.existing())
        .hint(Code::kExists, "choose another name with -o, or replace it with --force");
  }

  Result<int> deliver(const Minted& minted) override {
    HALLIGAN_CHECK(write_minted_files(file_, minted, output_.existing()));
    const std::string certificate_file = file_ + "-cert.pub";
    const std::string login = printable(minted.issued.certificate.body.principals.front());
    HALLIGAN_CHECK(ui::print(
        output_.json ? ui::json_line(minted.issued.to_json(certificate_file))
                     : minted.issued.to_text(certificate_file) +
                           ui::text_row("Log in", fmt::format("ssh -i {} -o IdentitiesOnly=yes {}@HOST",
                                                              file_, login))));
    return 0;
  }

 private:
  std::string file_;
  ui::OutputOptions output_;
};

}  // namespace

std::unique_ptr<Delivery> deliver_to_files(const MintOptions& options) {
  return std::make_unique<FileDelivery>(options);
}

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
  if (options.agent) return deliver_to_agent(options);
  return deliver_to_files(options);
}

}  // namespace halligan::issue
