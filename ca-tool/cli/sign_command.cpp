// halligan sign
#include "ca/mint.hpp"
#include "cli/command.hpp"
#include "cli/describe.hpp"
#include "cli/desk.hpp"
#include "cli/grant.hpp"
#include "cli/output.hpp"
#include "cli/recorder.hpp"
#include "cli/request_command.hpp"
#include "io/clock.hpp"

namespace halligan::cli {
namespace {

constexpr std::size_t kLargestPublicKey = 64 * 1024;

constexpr const char* kSignHint = "move it away, or replace it with --force";

struct Subject {
  std::string file;
  std::string certificate_file;
  ssh::PublicKeyLine line;
};

// What --request would have brought along.
Result<> check_typed(const SignOptions& options) {
  const char* missing = options.files.empty()              ? "KEY.pub"
                        : options.grant.key_id.empty()     ? "-I"
                        : options.grant.principals.empty() ? "-n"
                                                           : nullptr;
  if (missing != nullptr) return fail(Code::kUsage, std::string(missing) + " is required", "see --help");
  const RequestChecks& checks = options.request;
  if (checks.code || !checks.co_signers.empty() || checks.require != 0) {
    return fail(Code::kUsage, "--code, --co-signers and --require are for --request");
  }
  return {};
}

// Everything is read and checked before the first touch.
Result<std::vector<Subject>> subjects(const SignOptions& options, io::Existing existing) {
  std::vector<Subject> found;
  std::vector<std::string> outputs;
  for (const std::string& file : options.files) {
    HALLIGAN_TRY(const Bytes text, io::read_file(file, kLargestPublicKey));
    auto line = ssh::parse_public_key_file(as_text(text));
    if (!line) return fail(std::move(line).error().in(file));
    outputs.push_back(ca::certificate_path(file));
    found.push_back({file, outputs.back(), *std::move(line)});
  }
  auto checked = io::check_new_files(outputs, existing);
  if (!checked) return fail(hint_if_exists(std::move(checked).error(), kSignHint));
  return found;
}

}  // namespace

Result<int> sign(const SignOptions& options) {
  if (options.request.file) return sign_request(options);
  HALLIGAN_CHECK(check_typed(options));
  const auto existing = options.output.existing();
  HALLIGAN_TRY(const auto keys, subjects(options, existing));
  const auto type = options.host ? ssh::CertificateType::kHost : ssh::CertificateType::kUser;
  HALLIGAN_TRY(const auto grant, make_grant(options.grant, type));
  HALLIGAN_TRY(const auto policy, load_policy(options.grant, options.authority));
  HALLIGAN_CHECK(ca::check_without_request(policy));
  std::vector<ssh::CertificateBody> bodies;
  for (const Subject& subject : keys) {
    auto body = ca::prepare(grant, subject.line.key, policy);
    if (!body) return fail(std::move(body).error().in(subject.file));
    bodies.push_back(*std::move(body));
  }
  HALLIGAN_TRY(auto desk, Desk::open(options.token, "to sign the certificate"));
  HALLIGAN_TRY(auto signer, desk->signer(options.authority));
  for (const Subject& subject : keys) {
    auto checked = ca::check_subject(subject.line.key, *signer);
    if (!checked) return fail(std::move(checked).error().in(subject.file));
  }
  HALLIGAN_TRY(auto recorder, Recorder::open(options.ledger, options.authority));
  HALLIGAN_TRY(std::uint64_t serial, recorder.next_serial(options.grant.serial));
  if (serial > UINT64_MAX - bodies.size())
    return fail(Code::kUsage, "-z: there are not so many serials left");
  for (ssh::CertificateBody& body : bodies) body.serial = serial++;
  // Each certificate is complete in itself, so each is written as soon as it has been touched for: a person
  // who gives up at the tenth keeps the nine.
  for (std::size_t i = 0; i < keys.size(); ++i) {
    HALLIGAN_CHECK(agree(options.grant, bodies[i], *signer, i + 1, keys.size()));
    auto certificate = recorder.issue(bodies[i], *signer, policy);
    if (!certificate) return fail(std::move(certificate).error().in(keys[i].file));
    const std::string text = ssh::format_certificate_line(*certificate, keys[i].line.comment) + "\n";
    const io::NewFile file{keys[i].certificate_file, 0644, as_bytes(text)};
    HALLIGAN_CHECK(io::write_files({&file, 1}, existing));
    const Described described = describe(*certificate, io::unix_seconds());
    HALLIGAN_CHECK(print(options.output.json ? to_json(described, file.path) + "\n"
                                             : to_text(described, file.path) + recorder.row()));
  }
  return 0;
}

}  // namespace halligan::cli
