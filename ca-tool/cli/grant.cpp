#include "cli/grant.hpp"

#include <fmt/format.h>

#include "cli/describe.hpp"
#include "cli/output.hpp"
#include "crypto/digest.hpp"
#include "io/clock.hpp"
#include "io/terminal.hpp"

namespace halligan::cli {
namespace {

std::string names_of(const ssh::CertificateOptions& options) {
  std::vector<std::string> names;
  for (const ssh::CertificateOption& option : options) {
    const auto value = ssh::option_value(option);
    names.push_back(value && *value ? option.name + "=" + **value : option.name);
  }
  return names.empty() ? "none" : joined(names);
}

std::string both_times(std::uint64_t time) {
  return fmt::format("{}  ({})", io::format_local(time), io::format_utc(time));
}

std::string preview(const ssh::CertificateBody& body, const ca::Signer& signer, std::size_t number,
                    std::size_t total) {
  std::string text = total == 1 ? "To be signed:\n" : fmt::format("To be signed, {} of {}:\n", number, total);
  const auto line = [&text](std::string_view name, const std::string& value) {
    text += fmt::format("  {:<12}{}\n", name, value);
  };
  line("For", printable(body.key_id));
  line(body.type == ssh::CertificateType::kUser ? "Accounts" : "Hosts", joined(body.principals));
  line("Key", fmt::format("{} {}", body.subject.label(), crypto::fingerprint(body.subject)));
  line("From", both_times(body.valid_after));
  line("To", both_times(body.valid_before));
  line("Critical", names_of(body.critical));
  line("Extensions", names_of(body.extensions));
  line("CA", fmt::format("{} {}", signer.public_key().label(), crypto::fingerprint(signer.public_key())));
  return text;
}

}  // namespace

Result<ca::Grant> make_grant(const GrantOptions& options, ssh::CertificateType type) {
  ca::Grant grant;
  grant.type = type;
  grant.key_id = options.key_id;
  grant.principals = options.principals;
  grant.serial = options.serial;
  auto interval = ssh::parse_validity(options.validity, io::unix_seconds());
  if (!interval) return fail(std::move(interval).error().in("-V"));
  grant.validity = *interval;
  auto set = ssh::parse_options(type, options.letters);
  if (!set) return fail(std::move(set).error().in("-O"));
  grant.options = *std::move(set);
  return grant;
}

Result<ca::Policy> load_policy(const GrantOptions& options, const AuthorityOptions& authority) {
  if (!options.policy_file.empty()) return ca::read_policy(options.policy_file);
  if (authority.handle_file.empty()) return ca::Policy{};
  auto policy = ca::read_policy(ca::policy_path(authority.handle_file));
  if (!policy && policy.error().code == Code::kNotFound) return ca::Policy{};
  return policy;
}

Result<> agree(const GrantOptions& options, const ssh::CertificateBody& body, const ca::Signer& signer,
               std::size_t number, std::size_t total) {
  tell(preview(body, signer, number, total));
  if (options.yes) return {};
  auto yes = io::confirm("Sign this certificate?");
  if (!yes && yes.error().code == Code::kNeedsPerson) {
    return fail(Code::kNeedsPerson, "there is no terminal to ask at whether to sign this",
                "say so with --yes");
  }
  if (!yes) return fail(std::move(yes).error());
  if (!*yes) return fail(Code::kNo, "not signed", {});
  return {};
}

}  // namespace halligan::cli
