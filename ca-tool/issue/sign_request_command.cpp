// halligan sign --request
#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "crypto/digest.hpp"
#include "io/clock.hpp"
#include "issue/grant.hpp"
#include "issue/issue.hpp"
#include "issue/mint.hpp"
#include "issue/recorder.hpp"
#include "request/command.hpp"
#include "request/voice_code.hpp"
#include "ssh/key_paths.hpp"
#include "ui/describe.hpp"
#include "ui/output.hpp"

namespace halligan::issue {
namespace {

constexpr std::size_t kLargestSignersFile = 1024 * 1024;

Result<std::vector<request::CoSigner>> check_co_signers(const request::SignedRequest& request,
                                                        const RequestChecks& checks,
                                                        const ca::Policy& policy) {
  const std::size_t required = std::max<std::size_t>(checks.require, policy.co_signers);
  if (!checks.co_signers) {
    if (required != 0)
      return fail(Code::kUsage,
                  fmt::format("{} co-signatures are wanted, and no list of persons is given", required),
                  "give it with --co-signers FILE");
    return std::vector<request::CoSigner>{};
  }
  HALLIGAN_TRY(const Bytes text, io::read_file(*checks.co_signers, kLargestSignersFile));
  auto allowed = ssh::parse_allowed_signers(as_text(text), request::kCoSignNamespace);
  if (!allowed) return fail(std::move(allowed).error().in(*checks.co_signers));
  HALLIGAN_TRY(auto found, request::co_signers(request, *allowed));
  const std::size_t wanted = std::max<std::size_t>(required, 1);
  if (found.size() < wanted) {
    return fail(Code::kNo, fmt::format("{} of {} co-signatures", found.size(), wanted),
                "let another custodian run halligan co-sign");
  }
  return found;
}

// The co-signatures themselves are in the request's text.
ledger::IssueContext context_of(const request::SignedRequest& request,
                                const std::vector<request::CoSigner>& co_signers) {
  ledger::IssueContext context;
  context.reason = request.request.reason;
  context.request = request::format_request(request);
  for (const request::CoSigner& signer : co_signers)
    context.co_signature += signer.person + " " + crypto::fingerprint(signer.key) + "\n";
  return context;
}

// Accounts and validity are what was asked for, within what was typed here.
Result<CertificateSpec> spec_within(const SignOptions& options, const request::Request& asked) {
  const auto& allowed = options.grant.principals;
  for (const std::string& name : asked.principals) {
    if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), name) == allowed.end()) {
      return fail(Code::kNo,
                  "the request wants the account " + printable(name) + ", which -n does not allow");
    }
  }
  SpecOptions letters = options.grant;
  letters.principals = asked.principals;
  if (letters.key_id.empty()) letters.key_id = asked.reason;
  HALLIGAN_TRY(auto grant, make_spec(letters, ssh::CertificateType::kUser));
  grant.validity.after = std::max(grant.validity.after, asked.validity.after);
  grant.validity.before = std::min(grant.validity.before, asked.validity.before);
  if (grant.validity.before <= std::max(grant.validity.after, io::unix_seconds())) {
    return fail(Code::kNo,
                "nothing is left of the time that was asked for within -V " + options.grant.validity,
                "allow more with -V, or let your colleague ask again");
  }
  return grant;
}

// ben.request → ben-cert.pub, as ben.pub → ben-cert.pub; what comes by a pipe is named as request and mint
// do.
std::string certificate_file(std::string file) {
  constexpr std::string_view kSuffix = ".request";
  if (file == "-") file = "emergency";
  if (file.ends_with(kSuffix)) file.resize(file.size() - kSuffix.size());
  return ssh::certificate_path(file);
}

std::string report_text(const request::SignedRequest& request,
                        const std::vector<request::CoSigner>& co_signers) {
  std::string text;
  for (const auto& signer : co_signers) {
    text += ui::text_row("Co-signed", printable(signer.person) + " " + crypto::fingerprint(signer.key));
  }
  return text + ui::text_row("Code", request::voice_code(request));
}

ui::Json report_json(const request::SignedRequest& request,
                     const std::vector<request::CoSigner>& co_signers) {
  ui::Json json{{"time", request.request.time}, {"reason", request.request.reason}};
  json["hosts"] = request.request.hosts;
  json["code"] = request::voice_code(request);
  json["co_signers"] = ui::Json::array();
  for (const auto& signer : co_signers) {
    json["co_signers"].push_back(
        {{"person", signer.person}, {"fingerprint", crypto::fingerprint(signer.key)}});
  }
  return json;
}

Result<> report(const ssh::Certificate& certificate, const std::string& file,
                const std::optional<ledger::LedgerPlace>& place, const request::SignedRequest& request,
                const std::vector<request::CoSigner>& co_signers, bool as_json) {
  const ui::Described described = ui::describe(certificate, io::unix_seconds());
  if (!as_json) {
    return ui::print(ui::to_text(described, file) + ledger::place_row(place) +
                     report_text(request, co_signers));
  }
  ui::Json json = ui::to_json(described, file);
  ledger::add_place(json, place);
  json["request"] = report_json(request, co_signers);
  return ui::print(ui::json_line(json));
}

}  // namespace

Result<int> sign_request(const SignOptions& options) {
  const RequestChecks& checks = options.request;
  if (!options.files.empty() || options.host) {
    return fail(Code::kUsage,
                "--request brings its own key and is for users: no KEY.pub and no --host with it");
  }
  const auto existing = options.output.existing();
  const std::string path = certificate_file(*checks.file);
  auto checked = io::check_new_files({&path, 1}, existing);
  if (!checked)
    return fail(ui::hint_if_exists(std::move(checked).error(), "move it away, or replace it with --force"));
  HALLIGAN_TRY(const auto received, request::receive_request(*checks.file, checks.max_age, checks.code));
  HALLIGAN_TRY(const auto policy, load_policy(options.grant, options.authority));
  HALLIGAN_TRY(const auto co_signers, check_co_signers(received, checks, policy));
  const request::Request& asked = received.request;
  HALLIGAN_TRY(const auto grant, spec_within(options, asked));
  HALLIGAN_TRY(auto body, prepare(grant, asked.key, policy));
  HALLIGAN_TRY(const auto ca, ca::open_ca(options.authority, options.token, policy));
  HALLIGAN_CHECK(check_subject(asked.key, *ca.signer));
  HALLIGAN_TRY(auto recorder,
               Recorder::open(options.ledger, options.authority, context_of(received, co_signers)));
  HALLIGAN_CHECK(recorder.check_unanswered(asked));
  HALLIGAN_TRY(body.serial, recorder.next_serial(options.grant.serial));
  request::show_request(received, co_signers);
  HALLIGAN_CHECK(agree(options.grant, body, ca));
  HALLIGAN_TRY(const auto certificate, recorder.issue(std::move(body), *ca.signer, policy));
  const std::string text = ssh::format_certificate_line(certificate, certificate.body.key_id) + "\n";
  const io::NewFile file{path, 0644, as_bytes(text)};
  HALLIGAN_CHECK(io::write_files({&file, 1}, existing));
  HALLIGAN_CHECK(report(certificate, path, recorder.place(), received, co_signers, options.output.json));
  return 0;
}

}  // namespace halligan::issue
