#include "issue/grant.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/codec.hpp"
#include "crypto/digest.hpp"
#include "io/clock.hpp"
#include "io/terminal.hpp"
#include "ui/confirm.hpp"
#include "ui/describe.hpp"
#include "ui/output.hpp"

namespace halligan::issue {
namespace {

std::string names_of(const ssh::CertificateOptions& options) {
  std::vector<std::string> names;
  for (const ssh::CertificateOption& option : options) {
    const auto value = ssh::option_value(option);
    names.push_back(value && *value ? option.name + "=" + **value : option.name);
  }
  return names.empty() ? "none" : ui::joined(names);
}

std::string both_times(std::uint64_t time) {
  return fmt::format("{}  ({})", io::format_local(time), io::format_utc(time));
}

std::string preview_line(std::string_view name, std::string_view value) {
  return fmt::format("  {:<12}{}\n", name, value);
}

std::string preview_key(const ssh::PublicKey& key) {
  return fmt::format("{} {}", key.label(), crypto::fingerprint(key));
}

// The keys' rows; those that are too many to be read are counted.
std::string preview_keys(std::span<const ssh::CertificateBody> bodies) {
  constexpr std::size_t kShownKeys = 20;
  if (bodies.size() == 1) return preview_line("Key", preview_key(bodies[0].subject));
  std::string text = preview_line("Keys", std::to_string(bodies.size()));
  for (const auto& body : bodies.first(std::min(bodies.size(), kShownKeys)))
    text += preview_line({}, preview_key(body.subject));
  if (bodies.size() > kShownKeys)
    text += preview_line({}, fmt::format("and {} more", bodies.size() - kShownKeys));
  return text;
}

std::string preview(const std::string& title, std::span<const ssh::CertificateBody> bodies,
                    const ca::OpenedCa& ca) {
  const ssh::CertificateBody& body = bodies.front();
  std::string text = title + "\n";
  text += preview_line("For", printable(body.key_id));
  text += preview_line(body.type == ssh::CertificateType::kUser ? "Accounts" : "Hosts",
                       ui::joined(body.principals));
  text += preview_keys(bodies);
  text += preview_line("From", both_times(body.valid_after));
  text += preview_line("To", both_times(body.valid_before));
  text += preview_line("Critical", names_of(body.critical));
  text += preview_line("Extensions", names_of(body.extensions));
  text += preview_line("CA", preview_key(ca.signer->public_key()));
  return text + preview_line({}, ca.place);
}

Result<> want_yes(const SpecOptions& options, const std::string& question) {
  return options.yes ? Result<>{} : ui::ask_for_yes(question, "sign");
}

// Also as a link that leads nowhere: only where nothing at all has the name are there no rules.
Result<bool> is_there(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::symlink_status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) return false;
  if (error) return fail(errno_error(Code::kUnreachable, printable(path), error.value()));
  return true;
}

// Where the CA is named by a link, the policy is the key's. Another beside the link would be passed over in
// silence.
Result<> check_link(std::string file, const std::string& policy) {
  std::error_code ignored;
  if (!std::filesystem::is_symlink(file, ignored)) return {};
  constexpr std::string_view kPublic = ".pub";
  if (file.ends_with(kPublic)) file.resize(file.size() - kPublic.size());
  const std::string beside_link = ca::policy_path(file);
  HALLIGAN_TRY(const bool there, is_there(beside_link));
  if (!there || std::filesystem::equivalent(beside_link, policy, ignored)) return {};
  return fail(Code::kBadInput,
              "the CA is named by a link, and beside the link there is a policy of its own, " +
                  printable(beside_link),
              "name the CA's file itself, or the policy that holds with --policy");
}

}  // namespace

Result<CertificateSpec> make_spec(const SpecOptions& options, ssh::CertificateType type) {
  CertificateSpec grant;
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

Result<ca::Policy> load_policy(const SpecOptions& options, const ca::AuthorityOptions& authority) {
  if (options.policy_file) return ca::read_policy(*options.policy_file);
  if (authority.file.empty()) return ca::Policy{};
  const std::string path = ca::policy_path(authority.stem());
  HALLIGAN_CHECK(check_link(authority.file, path));
  HALLIGAN_TRY(const bool there, is_there(path));
  if (!there) return ca::Policy{};
  auto policy = ca::read_policy(path);
  if (!policy && policy.error().code == Code::kNotFound) {
    return fail(Code::kUnreachable,
                "the policy " + printable(path) + " is a link to a file that is not there",
                "bring the file back: without the CA's rules nothing is signed");
  }
  return policy;
}

Result<> agree(const SpecOptions& options, const ssh::CertificateBody& body, const ca::OpenedCa& ca,
               std::size_t number, std::size_t total) {
  const std::string title =
      total == 1 ? "To be signed:" : fmt::format("To be signed, {} of {}:", number, total);
  ui::tell(preview(title, {&body, 1}, ca));
  return want_yes(options, "Sign this certificate?");
}

Result<> agree_to_all(const SpecOptions& options, std::span<const ssh::CertificateBody> bodies,
                      const ca::OpenedCa& ca) {
  if (bodies.size() == 1) return agree(options, bodies.front(), ca);
  ui::tell(preview(fmt::format("To be signed, {} certificates:", bodies.size()), bodies, ca));
  return want_yes(options, fmt::format("Sign these {} certificates?", bodies.size()));
}

}  // namespace halligan::issue
