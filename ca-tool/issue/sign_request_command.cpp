// halligan sign --request
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/codec.hpp"
#include "ca/issue.hpp"
#include "ca/mint.hpp"
#include "ca/voice_code.hpp"
#include "cli/describe.hpp"
#include "cli/grant.hpp"
#include "cli/output.hpp"
#include "cli/recorder.hpp"
#include "cli/request_command.hpp"
#include "crypto/digest.hpp"
#include "io/clock.hpp"

namespace halligan::cli {
namespace {

constexpr std::size_t kLargestSignersFile = 1024 * 1024;

Result<std::vector<ca::CoSigner>> check_co_signers(const ssh::SignedRequest& request,
                                                   const RequestChecks& checks, const ca::Policy& policy) {
  const std::size_t required = std::max<std::size_t>(checks.require, policy.co_signers);
  if (!checks.co_signers) {
    if (required != 0)
      return fail(Code::kUsage,
                  fmt::format("{} co-signatures are wanted, and no list of persons is given", required),
                  "give it with --co-signers FILE");
    return std::vector<ca::CoSigner>{};
  }
  HALLIGAN_TRY(const Bytes text, io::read_file(*checks.co_signers, kLargestSignersFile));
  auto allowed = ssh::parse_allowed_signers(as_text(text), ssh::kCoSignNamespace);
  if (!allowed) return fail(std::move(allowed).error().in(*checks.co_signers));
  HALLIGAN_TRY(auto found, ca::co_signers(request, *allowed));
  const std::size_t wanted = std::max<std::size_t>(required, 1);
  if (found.size() < wanted) {
    return fail(Code::kNo, fmt::format("{} of {} co-signatures", found.size(), wanted),
                "let another custodian run halligan co-sign");
  }
  return found;
}

// The co-signatures themselves are in the request's text.
ca::Circumstances circumstances_of(const ssh::SignedRequest& request,
                                   const std::vector<ca::CoSigner>& co_signers) {
  ca::Circumstances circumstances;
  circumstances.reason = request.request.reason;
  circumstances.request = ssh::format_request(request);
  for (const ca::CoSigner& signer : co_signers)
    circumstances.co_signature += signer.person + " " + crypto::fingerprint(signer.key) + "\n";
  return circumstances;
}

// Accounts and validity are what was asked for, within what was typed here.
Result<ca::Grant> grant_within(const SignOptions& options, const ssh::Request& asked) {
  const auto& allowed = options.grant.principals;
  for (const std::string& name : asked.principals) {
    if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), name) == allowed.end()) {
      return fail(Code::kNo,
                  "the request wants the account " + printable(name) + ", which -n does not allow");
    }
  }
  GrantOptions letters = options.grant;
  letters.principals = asked.principals;
  if (letters.key_id.empty()) letters.key_id = asked.reason;
  HALLIGAN_TRY(auto grant, make_grant(letters, ssh::CertificateType::kUser));
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
  return ca::certificate_path(file);
}

std::string report(const Described& described, const std::string& file, const ssh::SignedRequest& request,
                   const std::vector<ca::CoSigner>& co_signers, bool as_json) {
  const std::string code = ca::voice_code(request);
  if (!as_json) {
    std::string text = to_text(described, file);
    for (const auto& signer : co_signers) {
      text += fmt::format("{:<12}{} {}\n", "Co-signed", printable(signer.person),
                          crypto::fingerprint(signer.key));
    }
    return text + fmt::format("{:<12}{}\n", "Code", code);
  }
  auto json = nlohmann::ordered_json::parse(to_json(described, file));
  nlohmann::ordered_json part{{"time", request.request.time}, {"reason", request.request.reason}};
  part["hosts"] = request.request.hosts;
  part["code"] = code;
  part["co_signers"] = nlohmann::ordered_json::array();
  for (const auto& signer : co_signers) {
    part["co_signers"].push_back(
        {{"person", signer.person}, {"fingerprint", crypto::fingerprint(signer.key)}});
  }
  json["request"] = std::move(part);
  return json.dump() + "\n";
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
    return fail(hint_if_exists(std::move(checked).error(), "move it away, or replace it with --force"));
  HALLIGAN_TRY(const auto received, receive_request(*checks.file, checks.max_age, checks.code));
  HALLIGAN_TRY(const auto policy, load_policy(options.grant, options.authority));
  HALLIGAN_TRY(const auto co_signers, check_co_signers(received, checks, policy));
  const ssh::Request& asked = received.request;
  HALLIGAN_TRY(const auto grant, grant_within(options, asked));
  HALLIGAN_TRY(auto body, ca::prepare(grant, asked.key, policy));
  HALLIGAN_TRY(const auto ca, open_ca(options.authority, options.token, policy));
  HALLIGAN_CHECK(ca::check_subject(asked.key, *ca.signer));
  HALLIGAN_TRY(auto recorder,
               Recorder::open(options.ledger, options.authority, circumstances_of(received, co_signers)));
  HALLIGAN_CHECK(recorder.check_unanswered(asked));
  HALLIGAN_TRY(body.serial, recorder.next_serial(options.grant.serial));
  show_request(received, co_signers);
  HALLIGAN_CHECK(agree(options.grant, body, ca));
  HALLIGAN_TRY(const auto certificate, recorder.issue(std::move(body), *ca.signer, policy));
  const std::string text = ssh::format_certificate_line(certificate, certificate.body.key_id) + "\n";
  const io::NewFile file{path, 0644, as_bytes(text)};
  HALLIGAN_CHECK(io::write_files({&file, 1}, existing));
  const Described described = describe_issued(certificate, recorder.place());
  HALLIGAN_CHECK(print(report(described, path, received, co_signers, options.output.json)));
  return 0;
}

}  // namespace halligan::cli
