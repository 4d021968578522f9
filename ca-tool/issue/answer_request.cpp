// halligan sign --request
#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "crypto/digest.hpp"
#include "crypto/public_key.hpp"
#include "io/clock.hpp"
#include "issue/sign_keys.hpp"
#include "request/command.hpp"
#include "request/voice_code.hpp"
#include "ssh/key_file.hpp"

namespace halligan::issue {
namespace {

constexpr std::size_t kLargestSignersFile = 1024 * 1024;

Result<std::vector<request::CoSigner>> check_co_signers(const request::SignedRequest& request,
                                                        const RequestChecks& checks,
                                                        const ca::CaRules& rules) {
  const std::size_t required = std::max<std::size_t>(checks.require, rules.policy.co_signers);
  std::optional<std::string> file = checks.co_signers;
  if (!file && rules.configured && rules.configured->co_signers) file = rules.configured->co_signers->value;
  if (!file) {
    if (required == 0) return std::vector<request::CoSigner>{};
    return fail(Code::kUsage,
                fmt::format("this CA requires {} co-signature{}", required, required == 1 ? "" : "s"),
                "name the co-signers' file with --co-signers");
  }
  HALLIGAN_TRY(const Bytes text, io::read_trusted_file(*file, kLargestSignersFile).in("co-signers"));
  HALLIGAN_TRY(const auto allowed,
               ssh::parse_allowed_signers(as_text(text), request::kCoSignNamespace).in(*file));
  HALLIGAN_TRY(auto found, request::co_signers(request, allowed));
  for (const request::CoSigner& signer : found)
    HALLIGAN_CHECK(crypto::check_public_key(signer.key).in("co-signer " + printable(signer.person)));
  const std::size_t needed = std::max<std::size_t>(required, 1);
  if (found.size() >= needed) return found;
  return fail(Code::kNo, fmt::format("{} of {} co-signatures", found.size(), needed),
              "ask another custodian to run halligan co-sign");
}

// The co-signatures themselves are in the request's text.
ledger::IssueContext context_of(const request::SignedRequest& request,
                                const std::vector<request::CoSigner>& co_signers) {
  ledger::IssueContext context{.reason = request.request.reason, .request = request::format_request(request)};
  for (const request::CoSigner& signer : co_signers)
    context.co_signature += signer.person + " " + crypto::fingerprint(signer.key) + "\n";
  return context;
}

// Principals and validity as requested, within what the options allow.
Result<CertificateSpec> spec_within(const SpecOptions& limits, const request::Request& asked) {
  for (const std::string& name : asked.principals) {
    const auto& allowed = limits.principals;
    if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), name) == allowed.end())
      return fail(Code::kNo, "the requested principal " + printable(name) + " is not allowed by -n");
  }
  SpecOptions options = limits;
  options.principals = asked.principals;
  if (options.key_id.empty()) options.key_id = asked.reason;
  HALLIGAN_TRY(auto spec, make_spec(options, ssh::CertificateType::kUser));
  spec.validity.after = std::max(spec.validity.after, asked.validity.after);
  spec.validity.before = std::min(spec.validity.before, asked.validity.before);
  if (spec.validity.before <= std::max(spec.validity.after, io::unix_seconds())) {
    return fail(Code::kNo, "the requested validity does not overlap -V " + limits.validity,
                "allow more with -V, or ask for a new request");
  }
  return spec;
}

// What the preview says of the request besides what the certificate says.
std::vector<Row> request_rows(const request::SignedRequest& request, const std::string& key_id,
                              const std::vector<request::CoSigner>& co_signers) {
  std::vector<Row> rows;
  const request::Request& asked = request.request;
  if (!asked.hosts.empty()) rows.emplace_back("Hosts", ui::joined(asked.hosts));
  rows.emplace_back("Requested", ui::moment_words(asked.time));
  if (asked.reason != key_id) rows.emplace_back("Because", printable(asked.reason));
  if (asked.key.is_sk()) rows.emplace_back("On token", printable(asked.key.application()));
  for (const request::CoSigner& signer : co_signers)
    rows.emplace_back("Co-signed", printable(signer.person) + " " + crypto::fingerprint(signer.key));
  rows.emplace_back("Code", request::voice_code(request));
  return rows;
}

// ben.request → ben-cert.pub, as ben.pub → ben-cert.pub; "-" → the default name of request and mint.
std::string certificate_file(std::string file) {
  constexpr std::string_view kSuffix = ".request";
  if (file == "-") file = "emergency";
  if (file.ends_with(kSuffix)) file.resize(file.size() - kSuffix.size());
  return ssh::certificate_path(file);
}

}  // namespace

Result<AnsweredRequest> answer_request(const SignOptions& options) {
  const RequestChecks& checks = options.request;
  if (!options.files.empty() || options.host) {
    return fail(Code::kUsage, "--request contains its own key and is for users: omit KEY.pub and --host");
  }
  const std::string path = certificate_file(*checks.file);
  HALLIGAN_CHECK(io::check_new_files({&path, 1}, options.output.existing())
                     .hint(Code::kExists, "move it away, or replace it with --force"));
  HALLIGAN_TRY(auto received, request::receive_request(*checks.file, checks.max_age, checks.code));
  HALLIGAN_TRY(auto spec, spec_within(options.spec, received.request));
  HALLIGAN_TRY(auto plan, make_plan(std::move(spec), {{"", received.request.key}}, true));
  HALLIGAN_TRY(auto issuer, Issuer::open(options, plan));
  HALLIGAN_TRY(auto co_signers, check_co_signers(received, checks, issuer.rules()));
  HALLIGAN_CHECK(issuer.set_context(context_of(received, co_signers)));
  HALLIGAN_CHECK(issuer.check_unanswered(received.request));
  plan.subjects.front().purpose = request_rows(received, plan.spec.key_id, co_signers);
  if (!checks.code) plan.question = "Did they read out " + request::voice_code(received) + "?";
  HALLIGAN_TRY(auto all, issuer.issue(0, 1));
  IssuedCertificate& issued = all.front();
  const std::string text =
      ssh::format_certificate_line(issued.certificate, issued.certificate.body.key_id) + "\n";
  const io::NewFile file{path, 0644, as_bytes(text)};
  if (auto done = io::write_files({&file, 1}, options.output.existing()); !done)
    return fail(not_written(std::move(done).error(), issued));
  return AnsweredRequest{std::move(received), std::move(co_signers), {std::move(issued), path}};
}

}  // namespace halligan::issue
