#include "issue/sign_keys.hpp"

#include <algorithm>
#include <optional>

#include "crypto/pem.hpp"
#include "crypto/verify.hpp"
#include "io/clock.hpp"
#include "io/parallel.hpp"
#include "ssh/key_file.hpp"
#include "ui/output.hpp"

namespace halligan::issue {
namespace {

constexpr std::size_t kLargestPublicKey = 64 * 1024;

// --request and --renew bring these along.
Result<> check_required(const SignOptions& options) {
  if (!options.renew.empty() && !options.files.empty())
    return fail(Code::kUsage, "--renew names its certificate: no other file can be given");
  if (!options.renew.empty()) return {};
  const char* missing = options.files.empty() ? "KEY.pub" : options.spec.key_id.empty() ? "-I" : nullptr;
  if (missing != nullptr)
    return fail(Code::kUsage, std::string(missing) + " is required", "see halligan sign --help");
  const bool stream = std::ranges::find(options.files, kStandardStream) != options.files.end();
  if (stream && (options.files.size() > 1 || options.output.json))
    return fail(Code::kUsage, "- is for one key, whose certificate is written to standard output",
                "omit the other keys, and --json");
  return check_principals(options.spec);
}

struct KeyFiles {
  std::vector<std::string> comments{};
  std::vector<std::string> certificates{};  ///< files that will be written
  io::Existing existing = io::Existing::kRefuse;
  Plan plan{};
};

Result<Bytes> read_key(const std::string& file) {
  HALLIGAN_TRY(auto input, io::InputFile::open(file));
  Bytes text;
  HALLIGAN_CHECK(input.read_rest(text, kLargestPublicKey));
  return text;
}

// As long as before, and as mint does it by default: a host's clock may be slow.
ssh::Validity from_now_on(const ssh::CertificateBody& body) {
  constexpr std::uint64_t kSlowClock = 300;
  const ssh::Validity old{body.valid_after, body.valid_before};
  if (old.unbounded() || old.before <= old.after) return old;
  const std::uint64_t length = old.before - old.after;
  const std::uint64_t after = io::unix_seconds() - (length > 2 * kSlowClock ? kSlowClock : 0);
  return {after, after + length};
}

Result<KeyFiles> read_renewed(const SignOptions& options) {
  const std::string& file = options.renew;
  HALLIGAN_TRY(const Bytes text, read_key(file));
  HALLIGAN_TRY(auto line, ssh::parse_certificate_file(as_text(text)).in(file));
  HALLIGAN_CHECK(crypto::verify_certificate(line.certificate).in(file));
  const ssh::CertificateBody& body = line.certificate.body;
  SpecOptions wanted = options.spec;
  if (wanted.key_id.empty()) wanted.key_id = body.key_id;
  if (wanted.principals.empty()) wanted.principals = body.principals;
  HALLIGAN_TRY(CertificateSpec spec, make_spec(wanted, body.type));
  if (wanted.certificate_options.empty()) spec.options = {body.critical, body.extensions};
  if (wanted.validity.empty()) spec.validity = from_now_on(body);
  HALLIGAN_TRY(Plan plan, make_plan(std::move(spec), {{file, body.subject}}));
  plan.authority = body.ca;
  return KeyFiles{{std::move(line.comment)}, {file}, io::Existing::kReplace, std::move(plan)};
}

Result<KeyFiles> read_keys(const SignOptions& options) {
  KeyFiles found{.existing = options.output.existing()};
  const std::size_t count = options.files.size();
  std::vector<std::optional<Subject>> read(count);
  found.comments.resize(count);
  const auto read_one = [&](std::size_t i) -> Result<> {
    const std::string& file = options.files[i];
    HALLIGAN_TRY(const Bytes text, read_key(file));
    HALLIGAN_TRY(auto line, crypto::parse_public_key_file(as_text(text)).in(file));
    read[i].emplace(Subject{file, std::move(line.key)});
    found.comments[i] = std::move(line.comment);
    return {};
  };
  HALLIGAN_CHECK(io::try_in_parallel(count, read_one));
  std::vector<Subject> subjects;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string& file = options.files[i];
    subjects.push_back(*std::move(read[i]));
    found.certificates.push_back(file == kStandardStream ? file : ssh::certificate_path(file));
  }
  if (found.certificates.front() != kStandardStream) {
    HALLIGAN_CHECK(io::check_new_files(found.certificates, found.existing)
                       .hint(Code::kExists, "move it away, or replace it with --force"));
  }
  const auto type = options.host ? ssh::CertificateType::kHost : ssh::CertificateType::kUser;
  HALLIGAN_TRY(auto spec, make_spec(options.spec, type));
  HALLIGAN_TRY(found.plan, make_plan(std::move(spec), std::move(subjects)));
  return found;
}

// All or none; a crash before this leaves records without files, never the reverse.
Result<std::vector<WrittenCertificate>> write(std::vector<IssuedCertificate> issued, const KeyFiles& keys,
                                              std::size_t first) {
  std::vector<WrittenCertificate> written;
  std::vector<std::string> texts;
  std::vector<io::NewFile> files;
  for (std::size_t i = 0; i < issued.size(); ++i) {
    texts.push_back(ssh::format_certificate_line(issued[i].certificate, keys.comments[first + i]) + "\n");
    written.push_back({std::move(issued[i]), keys.certificates[first + i]});
  }
  if (written.front().file == kStandardStream) {
    if (auto printed = ui::print(texts.front()); !printed)
      return fail(not_written(std::move(printed).error(), written.front().issued));
    return written;
  }
  for (std::size_t i = 0; i < texts.size(); ++i) files.push_back({written[i].file, 0644, as_bytes(texts[i])});
  if (auto done = io::write_files(files, keys.existing); !done)
    return fail(not_written(std::move(done).error(), written.front().issued, written.size()));
  return written;
}

}  // namespace

Result<> sign_keys(const SignOptions& options, const WrittenNotice& notice) {
  HALLIGAN_CHECK(check_required(options));
  HALLIGAN_TRY(const auto keys, options.renew.empty() ? read_keys(options) : read_renewed(options));
  HALLIGAN_TRY(auto issuer, Issuer::open(options, keys.plan));
  const std::size_t count = keys.plan.subjects.size();
  const std::size_t at_once = issuer.needs_touch() ? 1 : count;
  for (std::size_t i = 0; i < count; i += at_once) {
    HALLIGAN_TRY(auto issued, issuer.issue(i, at_once));
    HALLIGAN_TRY(const auto written, write(std::move(issued), keys, i));
    HALLIGAN_CHECK(notice(written));
  }
  return {};
}

}  // namespace halligan::issue
