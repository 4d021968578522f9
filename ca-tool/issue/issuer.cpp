#include "issue/issuer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <sstream>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "crypto/canary.hpp"
#include "crypto/public_key.hpp"
#include "io/clock.hpp"
#include "io/parallel.hpp"
#include "issue/ca_ledger.hpp"
#include "issue/policy_check.hpp"
#include "ssh/findings.hpp"
#include "ssh/options.hpp"
#include "ui/confirm.hpp"
#include "ui/output.hpp"

namespace halligan::issue {
namespace {

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

CertificateSpec spec_of(const Plan& plan, const Subject& subject) {
  CertificateSpec spec = plan.spec;
  if (subject.options) spec.options = *subject.options;
  if (!subject.key_id.empty()) spec.key_id = subject.key_id;
  if (!subject.principals.empty()) spec.principals = subject.principals;
  return spec;
}

bool all_canaries(const Plan& plan) {
  return std::ranges::all_of(plan.subjects, [&](const Subject& each) {
    return plan.spec.type == ssh::CertificateType::kUser &&
           crypto::is_canary(spec_of(plan, each).key_id, each.key);
  });
}

template <typename T>
Result<T> about(const Subject& subject, Result<T> result) {
  return subject.name.empty() ? std::move(result) : std::move(result).in(subject.name);
}

}  // namespace

ui::Described IssuedCertificate::described() const {
  return ui::describe(certificate, io::unix_seconds(), verified);
}

std::string IssuedCertificate::to_text(std::string where, std::string_view login) const {
  const ui::Described now = described();
  return (where += ui::validity_row(now) + ui::finding_rows(now.findings)).append(login) +
         ledger::place_row(place);
}

Error not_delivered(Error error, const IssuedCertificate& issued, std::size_t count, std::string_view again) {
  (error.hint += error.hint.empty() ? "" : "; then ") += again;
  const std::uint64_t serial = issued.certificate.body.serial;
  const std::string which = count == 1 ? fmt::format("certificate {} was", serial)
                                       : fmt::format("{} certificates from serial {} on were", count, serial);
  return std::move(error).in(
      fmt::format("{} signed{}, but not delivered", which, issued.place ? " and recorded" : ""));
}

Error not_written(Error error, const IssuedCertificate& issued, std::size_t count) {
  if (!issued.place) return not_delivered(std::move(error), issued, count, "sign again");
  const auto& [file, record] = *issued.place;
  return not_delivered(std::move(error), issued, count,
                       fmt::format("take {} from halligan ledger show {} {}", count == 1 ? "it" : "each",
                                   record, shell_word(file)));
}

Result<> complete(SigningOptions& options) {
  HALLIGAN_TRY(options.selection, ca::select_ca(options.authority, options.token));
  return {};
}

void take_defaults(SigningOptions& options) {
  const auto& configured = options.selection.configured;
  if (!configured) return;
  SpecOptions& spec = options.spec;
  if (spec.principals.empty() && configured->principals) {
    std::istringstream names(configured->principals->value);
    for (std::string name; std::getline(names, name, ',');) spec.principals.push_back(name);
  }
  if (spec.validity.empty() && configured->validity) spec.validity = configured->validity->value;
}

Result<Plan> make_plan(CertificateSpec spec, std::vector<Subject> subjects, bool for_request) {
  Plan plan{std::move(spec), std::move(subjects), for_request};
  const bool canaries = all_canaries(plan);
  const auto check = [&](std::size_t i) -> Result<> {
    const Subject& subject = plan.subjects[i];
    HALLIGAN_CHECK(about(subject, check_spec(spec_of(plan, subject), subject.key)));
    return canaries ? Result<>{} : about(subject, crypto::check_public_key(subject.key));
  };
  HALLIGAN_CHECK(io::try_in_parallel(plan.subjects.size(), check));
  return plan;
}

Result<Issuer> Issuer::open(const SigningOptions& options, const Plan& plan) {
  ca::CaRules rules;
  const auto find_policy = [&](const ssh::PublicKey& ca) -> Result<ca::Policy> {
    HALLIGAN_TRY(rules,
                 ca::find_rules(options.selection, options.policy_file, ca, !options.without_policy.empty()));
    if (!plan.for_request && !all_canaries(plan)) HALLIGAN_CHECK(ca::check_without_request(rules.policy));
    if (plan.authority && *plan.authority != ca) {
      return fail(Code::kNo, "the certificate is by another CA, " + ui::key_words(*plan.authority),
                  "name that CA, or sign the public key itself");
    }
    for (const Subject& each : plan.subjects) {
      HALLIGAN_CHECK(about(each, check_spec(spec_of(plan, each), each.key, rules.policy)));
      HALLIGAN_CHECK(about(each, check_subject(each.key, ca)));
    }
    return rules.policy;
  };
  HALLIGAN_TRY(auto opened, ca::open_ca(options.selection, find_policy));
  Issuer issuer(options, plan, std::move(opened), std::move(rules));
  HALLIGAN_TRY(const bool waived,
               check_binding(issuer.ca_.binding, issuer.rules_.policy, options.without_policy));
  if (waived) issuer.context_.without_policy = options.without_policy;
  const ssh::PublicKey& ca = issuer.ca_.signer->public_key();
  HALLIGAN_TRY(std::uint64_t serial, issuer.open_ledger());
  for (const Subject& each : plan.subjects) {
    HALLIGAN_TRY(auto body, make_body(spec_of(plan, each), each.key, ca, serial++));
    issuer.bodies_.push_back(std::move(body));
  }
  return issuer;
}

Result<> Issuer::set_context(ledger::IssueContext context) {
  context.without_policy = std::move(context_.without_policy);
  context_ = std::move(context);
  if (!options_.ledger.reason.empty()) context_.reason = options_.ledger.reason;
  return ledger_ ? ledger::check_context(context_).in("--reason") : Result<>{};
}

// The first serial.
Result<std::uint64_t> Issuer::open_ledger() {
  const LedgerOptions& options = options_.ledger;
  std::uint64_t serial = plan_.spec.serial.value_or(io::unix_milliseconds());
  if (!options.none) {
    HALLIGAN_TRY(auto ledger,
                 or_hint(open_ledger_of(ca_.signer->public_key(), options_, rules_).in("ledger"),
                         "choose another with --ledger FILE, or record nothing with --no-ledger"));
    ledger_.emplace(std::move(ledger));
    HALLIGAN_CHECK(set_context({}));
    HALLIGAN_TRY(serial, ledger_->next_serial(plan_.spec.serial));
  } else if (!options.reason.empty() || !context_.without_policy.empty()) {
    return fail(Code::kUsage, std::string(options.reason.empty() ? "--without-policy" : "--reason") +
                                  " needs a ledger: it excludes --no-ledger");
  } else if (rules_.policy.counter_strict) {
    return fail(Code::kBadInput, "policy: counter: this CA's counter is compared with its ledger",
                "omit --no-ledger");
  } else {
    say("this certificate will not be recorded (--no-ledger)", "omit --no-ledger to record it");
  }
  if (serial > std::numeric_limits<std::uint64_t>::max() - plan_.subjects.size())
    return fail(Code::kUsage, "--serial: too few serials are left above it");
  return serial;
}

// From now on this policy holds for the CA, however it is named. The certificate does not depend on it.
void Issuer::remember_policy() const {
  const auto folder = ca::StateFolder::of(ca_.signer->public_key());
  if (!rules_.remember || !folder) return;
  std::error_code error;
  const auto file = std::filesystem::canonical(rules_.policy_file, error);
  auto done = error ? Result<>{} : folder->make(ca_.signer->public_key());
  if (done && !error) done = folder->remember_policy(file.string());
  if (!done) say("cannot note which policy is this CA's: " + done.error().message);
}

Result<> Issuer::check_unanswered(const request::Request& request) const {
  if (!ledger_) return {};
  for (const auto& each : ledger_->answered()) {
    const auto earlier = request::parse_request_text(each.request);
    if (!earlier || earlier->request != request) continue;
    return fail(Code::kNo,
                fmt::format("this request was answered already: record {} of {}, serial {}", each.number,
                            printable(each.file), each.serial),
                fmt::format("get its certificate with halligan ledger show {} {}, or ask for a new request",
                            each.number, shell_word(each.file)));
  }
  return {};
}

std::string preview(std::string_view title, std::span<const ssh::CertificateBody> bodies,
                    std::span<const Row> purpose, const ca::OpenedCa& ca, const ShownPolicy& policy,
                    const std::string& ledger) {
  constexpr std::size_t kShownKeys = 20;  // more are not read
  const ssh::CertificateBody& body = bodies.front();
  const std::size_t count = bodies.size();
  std::string text = fmt::format("{}\n", title);
  const auto row = [&text](std::string_view name, std::string_view value, ui::Tone tone = ui::Tone::kPlain) {
    text += ui::foreign_row(name, value, tone, 2);
  };
  const auto own_row = [&text](std::string_view name, std::string_view value) {
    text += "  " + ui::text_row(name, value);
  };
  const auto rows_of = [&](std::string_view name, const auto& text_of) {
    std::string last;
    for (const auto& each : bodies.first(std::min(count, kShownKeys))) {
      std::string next = text_of(each);
      if (&each == &body || next != last) row(&each == &body ? name : "", next);
      last = std::move(next);
    }
  };
  rows_of("Key ID", [](const auto& each) { return printable(each.key_id); });
  rows_of("Principals", [](const auto& each) { return ui::joined(each.principals); });
  for (const auto& [name, value] : purpose) row(name, value);
  if (count > 1) row("Keys", std::to_string(count));
  for (const auto& each : bodies.first(std::min(count, kShownKeys)))
    row(count == 1 ? "Key" : "", ui::key_words(each.subject));
  if (count > kShownKeys) row("", fmt::format("and {} more", count - kShownKeys));
  row("Validity", "from " + ui::moment_words(body.valid_after));
  row("", "to   " + ui::moment_words(body.valid_before));
  if (body.valid_before <= io::unix_seconds()) row("", "EXPIRED already", ui::Tone::kAlarm);
  row("Serial",
      count == 1 ? std::to_string(body.serial) : fmt::format("{} to {}", body.serial, bodies.back().serial));
  row("Critical", option_names(body.critical));
  row("Extensions", option_names(body.extensions));
  for (const ssh::Finding& each : ssh::findings({body, {}})) {
    if (each.topic == ssh::Topic::kContent)
      row("Finding", fmt::format("{}: {}", ui::severity_word(each.severity), each.text),
          ui::tone_of(each.severity));
  }
  row("CA", ui::key_words(ca.signer->public_key()));
  own_row("", ca.place);
  own_row("Policy", policy.file.empty() ? "none" : printable(policy.file));
  if (!policy.binding.empty()) own_row("", policy.binding);
  own_row("Ledger", ledger.empty() ? "none" : printable(ledger));
  return text;
}

Result<std::vector<IssuedCertificate>> Issuer::issue(std::size_t first, std::size_t count) {
  HALLIGAN_CHECK(confirm(first, count));
  return sign(first, count);
}

Result<> Issuer::confirm(std::size_t first, std::size_t count) {
  const auto bodies = std::span(bodies_).subspan(first, count);
  const bool all = count == bodies_.size();
  const std::string what = count == 1 ? "this certificate" : fmt::format("these {} certificates", count);
  if (!options_.quiet || !options_.yes)
    ui::tell(preview(!all         ? fmt::format("To be signed, {} of {}:", first + 1, bodies_.size())
                     : count == 1 ? "To be signed:"
                                  : fmt::format("To be signed, {} certificates:", count),
                     bodies, plan_.subjects[first].purpose, ca_,
                     {rules_.policy_file, binding_words(ca_.binding, rules_.policy)},
                     ledger_ ? ledger_->path() : ""));
  if (!options_.yes)
    HALLIGAN_CHECK(ui::ask_for_yes(plan_.question.empty() ? "Sign " + what + "?" : plan_.question, "sign"));
  remember_policy();
  return {};
}

Result<std::vector<IssuedCertificate>> Issuer::sign(std::size_t first, std::size_t count) {
  const auto bodies = std::span(bodies_).subspan(first, count);
  auto issued = sign_and_record({bodies.begin(), bodies.end()});
  return count == 1 ? about(plan_.subjects[first], std::move(issued)) : std::move(issued);
}

}  // namespace halligan::issue
