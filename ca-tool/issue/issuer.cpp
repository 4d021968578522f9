#include "issue/issuer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "io/clock.hpp"
#include "io/folders.hpp"
#include "issue/policy_check.hpp"
#include "ledger/files.hpp"
#include "ssh/options.hpp"
#include "ui/confirm.hpp"
#include "ui/output.hpp"

namespace halligan::issue {
namespace {

Result<std::string> ledger_path(const SigningOptions& options) {
  if (!options.ledger.file.empty()) return options.ledger.file;
  if (!options.authority.file.empty()) return options.authority.stem() + ".ledger";
  HALLIGAN_TRY(std::string path, ledger::own_ledger());
  HALLIGAN_CHECK(io::make_private_folders(path.substr(0, path.rfind('/'))));
  return path;
}

Result<ledger::Ledger> open_or_create(const SigningOptions& options) {
  HALLIGAN_TRY(const std::string path, ledger_path(options));
  std::error_code unknown;
  const bool creates = !std::filesystem::exists(path, unknown) && !unknown;
  HALLIGAN_TRY(auto ledger, ledger::Ledger::open(path));
  if (creates) say("created ledger " + printable(path));
  return ledger;
}

std::string option_names(const ssh::CertificateOptions& options) {
  std::vector<std::string> names;
  for (const ssh::CertificateOption& option : options) {
    const auto value = ssh::option_value(option);
    names.push_back(value && *value ? option.name + "=" + **value : option.name);
  }
  return names.empty() ? "none" : ui::joined(names);
}

// For errors whose own hint is empty: any other is closer to the cause.
template <typename T>
Result<T> or_hint(Result<T> result, std::string_view action) {
  return result || !result.error().hint.empty() ? std::move(result) : std::move(result).hint(action);
}

template <typename T>
Result<T> about(const Subject& subject, Result<T> result) {
  return subject.name.empty() ? std::move(result) : std::move(result).in(subject.name);
}

}  // namespace

ui::Described IssuedCertificate::described() const {
  return ui::describe(certificate, io::unix_seconds(), verified);
}

Result<Plan> make_plan(const SigningOptions& options, CertificateSpec spec, std::vector<Subject> subjects) {
  HALLIGAN_TRY(auto policy, ca::find_policy(options.policy_file, options.authority.file));
  for (const Subject& subject : subjects)
    HALLIGAN_CHECK(about(subject, check_spec(spec, subject.key, policy)));
  return Plan{std::move(policy), std::move(spec), std::move(subjects)};
}

Result<Issuer> Issuer::open(const SigningOptions& options, const Plan& plan, ledger::IssueContext context) {
  HALLIGAN_TRY(auto opened, ca::open_ca(options.authority, options.token, plan.policy));
  Issuer issuer(options, plan, std::move(opened), std::move(context));
  HALLIGAN_TRY(const bool waived, check_binding(issuer.ca_.binding, plan.policy, options.without_policy));
  if (waived) issuer.context_.without_policy = options.without_policy;
  const ssh::PublicKey& ca = issuer.ca_.signer->public_key();
  for (const Subject& each : plan.subjects) HALLIGAN_CHECK(about(each, check_subject(each.key, ca)));
  HALLIGAN_TRY(std::uint64_t serial, issuer.open_ledger());
  for (const Subject& each : plan.subjects) {
    HALLIGAN_TRY(auto body, make_body(plan.spec, each.key, ca, serial++));
    issuer.bodies_.push_back(std::move(body));
  }
  return issuer;
}

// The first serial.
Result<std::uint64_t> Issuer::open_ledger() {
  const LedgerOptions& options = options_.ledger;
  if (!options.reason.empty()) context_.reason = options.reason;
  std::uint64_t serial = plan_.spec.serial.value_or(io::unix_milliseconds());
  if (!options.none) {
    HALLIGAN_CHECK(
        ledger::check_context(context_).in(context_.without_policy.empty() ? "--reason" : "ledger"));
    HALLIGAN_TRY(ledger_, or_hint(open_or_create(options_).in("ledger"),
                                  "choose another with --ledger FILE, or record nothing with --no-ledger"));
    HALLIGAN_TRY(serial, ledger_->next_serial(plan_.spec.serial));
  } else if (!options.reason.empty() || !context_.without_policy.empty()) {
    return fail(Code::kUsage, std::string(options.reason.empty() ? "--without-policy" : "--reason") +
                                  " needs a ledger: it excludes --no-ledger");
  } else if (plan_.policy.counter_strict) {
    return fail(Code::kBadInput, "policy: counter: this CA's counter is compared with its ledger",
                "omit --no-ledger");
  } else {
    say("this certificate will not be recorded (--no-ledger)", "omit --no-ledger to record it");
  }
  if (serial > std::numeric_limits<std::uint64_t>::max() - plan_.subjects.size())
    return fail(Code::kUsage, "--serial: too few serials are left above it");
  return serial;
}

Result<> Issuer::check_unanswered(const request::Request& request) const {
  if (!ledger_) return {};
  for (const auto& each : ledger_->answered()) {
    const auto earlier = request::parse_request_text(each.request);
    if (!earlier || earlier->request != request) continue;
    return fail(
        Code::kNo,
        fmt::format("this request was answered already: record {} of {}, serial {}", each.number,
                    printable(ledger_->path()), each.serial),
        fmt::format("get its certificate with halligan ledger show --ledger {} {}, or ask for a new request",
                    shell_word(ledger_->path()), each.number));
  }
  return {};
}

std::string preview(std::string_view title, std::span<const ssh::CertificateBody> bodies,
                    const ca::OpenedCa& ca, std::string_view policy) {
  constexpr std::size_t kShownKeys = 20;  // more are not read
  const ssh::CertificateBody& body = bodies.front();
  const std::size_t count = bodies.size();
  std::string text = fmt::format("{}\n", title);
  const auto row = [&text](std::string_view name, std::string_view value) {
    text += "  " + ui::text_row(name, value);
  };
  row("Key ID", printable(body.key_id));
  row("Principals", ui::joined(body.principals));
  if (count > 1) row("Keys", std::to_string(count));
  for (const auto& each : bodies.first(std::min(count, kShownKeys)))
    row(count == 1 ? "Key" : "", ui::key_words(each.subject));
  if (count > kShownKeys) row("", fmt::format("and {} more", count - kShownKeys));
  row("Validity", "from " + ui::moment_words(body.valid_after));
  row("", "to   " + ui::moment_words(body.valid_before));
  row("Serial",
      count == 1 ? std::to_string(body.serial) : fmt::format("{} to {}", body.serial, bodies.back().serial));
  row("Critical", option_names(body.critical));
  row("Extensions", option_names(body.extensions));
  row("CA", ui::key_words(ca.signer->public_key()));
  row("", ca.place);
  if (!policy.empty()) row("Policy", policy);
  return text;
}

Result<std::vector<IssuedCertificate>> Issuer::issue(std::size_t first, std::size_t count) {
  const auto bodies = std::span(bodies_).subspan(first, count);
  const bool all = count == bodies_.size();
  const std::string what = count == 1 ? "this certificate" : fmt::format("these {} certificates", count);
  ui::tell(preview(!all         ? fmt::format("To be signed, {} of {}:", first + 1, bodies_.size())
                   : count == 1 ? "To be signed:"
                                : fmt::format("To be signed, {} certificates:", count),
                   bodies, ca_, binding_words(ca_.binding, plan_.policy)));
  if (!options_.yes) HALLIGAN_CHECK(ui::ask_for_yes("Sign " + what + "?", "sign"));
  auto issued = sign_and_record({bodies.begin(), bodies.end()});
  return count == 1 ? about(plan_.subjects[first], std::move(issued)) : std::move(issued);
}

}  // namespace halligan::issue
