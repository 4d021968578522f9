#include "issue/delivery.hpp"

#include <fmt/format.h>

#include "io/clock.hpp"
#include "ui/output.hpp"

namespace halligan::issue {
namespace {

constexpr const char* kMintHint = "choose another name with -o, or replace it with --force";

class FileDelivery final : public Delivery {
 public:
  explicit FileDelivery(const MintOptions& options) : file_(options.file), output_(options.output) {}

  Result<> prepare() override {
    auto checked = check_minted_files(file_, output_.existing());
    if (!checked) return fail(ui::hint_if_exists(std::move(checked).error(), kMintHint));
    return {};
  }

  Result<int> deliver(const Minted& minted, const std::optional<ledger::LedgerPlace>& place) override {
    HALLIGAN_CHECK(write_minted_files(file_, minted, output_.existing()));
    const std::string certificate_file = file_ + "-cert.pub";
    const ui::Described described = ui::describe(minted.certificate, io::unix_seconds());
    if (output_.json) {
      ui::Json json = ui::to_json(described, certificate_file);
      ledger::add_place(json, place);
      HALLIGAN_CHECK(ui::print(ui::json_line(json)));
      return 0;
    }
    HALLIGAN_CHECK(ui::print(ui::to_text(described, certificate_file) + ledger::place_row(place)));
    HALLIGAN_CHECK(ui::print(fmt::format("{:<12}ssh -i {} -o IdentitiesOnly=yes {}@HOST\n", "Log in", file_,
                                         printable(minted.certificate.body.principals.front()))));
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

Error not_delivered(Error error, const Minted& minted, const std::optional<ledger::LedgerPlace>& place) {
  error.hint += error.hint.empty() ? "mint another" : "; then mint another";
  return std::move(error).in(fmt::format("certificate {} was signed{}, and could not be handed over",
                                         minted.certificate.body.serial, place ? ", is in the ledger" : ""));
}

Result<std::unique_ptr<Delivery>> make_delivery(const MintOptions& options) {
  if (options.hosts.empty() && !options.ssh_arguments.empty()) {
    return fail(Code::kUsage, "what stands behind -- is for ssh, and there is no --ssh HOST");
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
