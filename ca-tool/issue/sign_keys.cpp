#include "issue/sign_keys.hpp"

#include <algorithm>

#include "crypto/pem.hpp"
#include "ssh/key_file.hpp"
#include "ui/output.hpp"

namespace halligan::issue {
namespace {

constexpr std::size_t kLargestPublicKey = 64 * 1024;

// --request brings these along.
Result<> check_required(const SignOptions& options) {
  const char* missing = options.files.empty() ? "KEY.pub" : options.spec.key_id.empty() ? "-I" : nullptr;
  if (missing != nullptr) return fail(Code::kUsage, std::string(missing) + " is required", "see --help");
  const bool stream = std::ranges::find(options.files, kStandardStream) != options.files.end();
  if (stream && (options.files.size() > 1 || options.output.json))
    return fail(Code::kUsage, "- is for one key, whose certificate is written to standard output",
                "omit the other keys, and --json");
  return check_principals(options.spec);
}

struct KeyFiles {
  std::vector<Subject> subjects;
  std::vector<std::string> comments;
  std::vector<std::string> certificates;  ///< files that will be written
};

Result<Bytes> read_key(const std::string& file) {
  HALLIGAN_TRY(auto input, io::InputFile::open(file));
  Bytes text;
  HALLIGAN_CHECK(input.read_rest(text, kLargestPublicKey));
  return text;
}

Result<KeyFiles> read_keys(const SignOptions& options) {
  KeyFiles found;
  for (const std::string& file : options.files) {
    HALLIGAN_TRY(const Bytes text, read_key(file));
    HALLIGAN_TRY(auto line, crypto::parse_public_key_file(as_text(text)).in(file));
    found.subjects.push_back({file, std::move(line.key)});
    found.comments.push_back(std::move(line.comment));
    found.certificates.push_back(file == kStandardStream ? file : ssh::certificate_path(file));
  }
  if (found.certificates.front() == kStandardStream) return found;
  HALLIGAN_CHECK(io::check_new_files(found.certificates, options.output.existing())
                     .hint(Code::kExists, "move it away, or replace it with --force"));
  return found;
}

// All or none; a crash before this leaves records without files, never the reverse.
Result<std::vector<WrittenCertificate>> write(std::vector<IssuedCertificate> issued, const KeyFiles& keys,
                                              std::size_t first, const SignOptions& options) {
  std::vector<WrittenCertificate> written;
  std::vector<std::string> texts;
  std::vector<io::NewFile> files;
  for (std::size_t i = 0; i < issued.size(); ++i) {
    texts.push_back(ssh::format_certificate_line(issued[i].certificate, keys.comments[first + i]) + "\n");
    written.push_back({std::move(issued[i]), keys.certificates[first + i]});
  }
  if (written.front().file == kStandardStream) {
    HALLIGAN_CHECK(ui::print(texts.front()));
    return written;
  }
  for (std::size_t i = 0; i < texts.size(); ++i) files.push_back({written[i].file, 0644, as_bytes(texts[i])});
  HALLIGAN_CHECK(io::write_files(files, options.output.existing()));
  return written;
}

}  // namespace

Result<> sign_keys(const SignOptions& options, const WrittenNotice& notice) {
  HALLIGAN_CHECK(check_required(options));
  HALLIGAN_TRY(const auto keys, read_keys(options));
  const auto type = options.host ? ssh::CertificateType::kHost : ssh::CertificateType::kUser;
  HALLIGAN_TRY(auto spec, make_spec(options.spec, type));
  HALLIGAN_TRY(const auto plan, make_plan(std::move(spec), keys.subjects));
  HALLIGAN_TRY(auto issuer, Issuer::open(options, plan));
  const std::size_t at_once = issuer.needs_touch() ? 1 : plan.subjects.size();
  for (std::size_t i = 0; i < plan.subjects.size(); i += at_once) {
    HALLIGAN_TRY(auto issued, issuer.issue(i, at_once));
    HALLIGAN_TRY(const auto written, write(std::move(issued), keys, i, options));
    HALLIGAN_CHECK(notice(written));
  }
  return {};
}

}  // namespace halligan::issue
