// halligan sign
#include <fmt/format.h>

#include "crypto/digest.hpp"
#include "io/clock.hpp"
#include "issue/command.hpp"
#include "issue/grant.hpp"
#include "issue/mint.hpp"
#include "issue/recorder.hpp"
#include "request/command.hpp"
#include "ssh/key_paths.hpp"
#include "ui/describe.hpp"
#include "ui/output.hpp"

namespace halligan::issue {
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
    outputs.push_back(ssh::certificate_path(file));
    found.push_back({file, outputs.back(), *std::move(line)});
  }
  auto checked = io::check_new_files(outputs, existing);
  if (!checked) return fail(ui::hint_if_exists(std::move(checked).error(), kSignHint));
  return found;
}

// What is to be signed, and what it is signed with.
struct Work {
  const SignOptions& options;
  const ca::Policy& policy;
  const ca::OpenedCa& ca;
  std::vector<Subject> keys;
  std::vector<ssh::CertificateBody> bodies;  ///< one for each key
};

std::string certificate_text(const ssh::Certificate& certificate, const Subject& subject) {
  return ssh::format_certificate_line(certificate, subject.line.comment) + "\n";
}

std::string issued_text(const ssh::Certificate& certificate, const std::string& file,
                        const std::optional<ledger::LedgerPlace>& place, bool json) {
  const ui::Described described = ui::describe(certificate, io::unix_seconds());
  if (!json) return ui::to_text(described, file) + ledger::place_row(place);
  ui::Json value = ui::to_json(described, file);
  ledger::add_place(value, place);
  return ui::json_line(value);
}

// Each certificate is complete in itself, so each is written as soon as it has been touched for: a person who
// gives up at the tenth keeps the nine.
Result<> sign_one_by_one(const Work& work, Recorder& recorder) {
  for (std::size_t i = 0; i < work.keys.size(); ++i) {
    HALLIGAN_CHECK(agree(work.options.grant, work.bodies[i], work.ca, i + 1, work.keys.size()));
    auto certificate = recorder.issue(work.bodies[i], *work.ca.signer, work.policy);
    if (!certificate) return fail(std::move(certificate).error().in(work.keys[i].file));
    const std::string text = certificate_text(*certificate, work.keys[i]);
    const io::NewFile file{work.keys[i].certificate_file, 0644, as_bytes(text)};
    HALLIGAN_CHECK(io::write_files({&file, 1}, work.options.output.existing()));
    HALLIGAN_CHECK(
        ui::print(issued_text(*certificate, file.path, recorder.place(), work.options.output.json)));
  }
  return {};
}

std::string report_all(const std::vector<ssh::Certificate>& certificates, const Work& work,
                       const Recorder& recorder) {
  std::string text;
  const std::size_t last = certificates.size() - 1;
  const bool json = work.options.output.json;
  for (std::size_t i = 0; i <= last; ++i) {
    const std::string& file = work.keys[i].certificate_file;
    if (json || last == 0) {
      text += issued_text(certificates[i], file, recorder.place(last - i), json);
    } else {
      const ssh::CertificateBody& body = certificates[i].body;
      text += fmt::format("{}  serial {}  {} {}\n", printable(file), body.serial, body.subject.label(),
                          crypto::fingerprint(body.subject));
    }
  }
  const auto place = recorder.place();
  if (json || last == 0 || !place) return text;
  return text + fmt::format("{:<12}{}, records {} to {}\n", "Ledger", printable(place->file),
                            place->record - last, place->record);
}

// Where nobody has to touch anything: one question, one write to the ledger, then all files. Whatever fails,
// none of the files is there; a crash between the two leaves records without files, never the reverse.
Result<> sign_together(Work work, Recorder& recorder) {
  HALLIGAN_CHECK(agree_to_all(work.options.grant, work.bodies, work.ca));
  HALLIGAN_TRY(const auto certificates,
               recorder.issue_all(std::move(work.bodies), *work.ca.signer, work.policy));
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < certificates.size(); ++i)
    texts.push_back(certificate_text(certificates[i], work.keys[i]));
  std::vector<io::NewFile> files;
  for (std::size_t i = 0; i < texts.size(); ++i)
    files.push_back({work.keys[i].certificate_file, 0644, as_bytes(texts[i])});
  HALLIGAN_CHECK(io::write_files(files, work.options.output.existing()));
  return ui::print(report_all(certificates, work, recorder));
}

}  // namespace

Result<int> sign(const SignOptions& options) {
  if (options.request.file) return sign_request(options);
  HALLIGAN_CHECK(check_typed(options));
  HALLIGAN_TRY(auto keys, subjects(options, options.output.existing()));
  const auto type = options.host ? ssh::CertificateType::kHost : ssh::CertificateType::kUser;
  HALLIGAN_TRY(const auto grant, make_spec(options.grant, type));
  HALLIGAN_TRY(const auto policy, load_policy(options.grant, options.authority));
  HALLIGAN_CHECK(ca::check_without_request(policy));
  std::vector<ssh::CertificateBody> bodies;
  for (const Subject& subject : keys) {
    auto body = prepare(grant, subject.line.key, policy);
    if (!body) return fail(std::move(body).error().in(subject.file));
    bodies.push_back(*std::move(body));
  }
  HALLIGAN_TRY(const auto ca, ca::open_ca(options.authority, options.token, policy));
  for (const Subject& subject : keys) {
    auto checked = check_subject(subject.line.key, *ca.signer);
    if (!checked) return fail(std::move(checked).error().in(subject.file));
  }
  HALLIGAN_TRY(auto recorder, Recorder::open(options.ledger, options.authority));
  HALLIGAN_TRY(std::uint64_t serial, recorder.next_serial(options.grant.serial));
  if (serial > UINT64_MAX - bodies.size())
    return fail(Code::kUsage, "-z: there are not so many serials left");
  for (ssh::CertificateBody& body : bodies) body.serial = serial++;
  Work work{options, policy, ca, std::move(keys), std::move(bodies)};
  HALLIGAN_CHECK(ca.needs_touch() ? sign_one_by_one(work, recorder)
                                  : sign_together(std::move(work), recorder));
  return 0;
}

}  // namespace halligan::issue
