// halligan sign: what is reported.
#include <fmt/format.h>

#include "base/codec.hpp"
#include "crypto/digest.hpp"
#include "issue/sign_keys.hpp"
#include "request/voice_code.hpp"
#include "ui/output.hpp"

namespace halligan::issue {
namespace {

std::string report(const std::vector<WrittenCertificate>& written, bool json) {
  std::string text;
  for (const auto& [issued, file] : written) {
    const ssh::CertificateBody& body = issued.certificate.body;
    text += json                  ? ui::json_line(issued.to_json(file))
            : written.size() == 1 ? issued.to_text(ui::origin_rows(file))
                                  : fmt::format("{}  serial {}  {}\n", printable(file), body.serial,
                                                ui::key_words(body.subject));
  }
  const auto& first = written.front().issued.place;
  if (json || written.size() == 1 || !first) return text;
  return text + ui::text_row("Ledger", fmt::format("{}, records {} to {}", printable(first->file),
                                                   first->record, written.back().issued.place->record));
}

std::string report(const AnsweredRequest& answered, bool json) {
  const request::Request& request = answered.request.request;
  const std::string code = request::voice_code(answered.request);
  const auto& [issued, file] = answered.written;
  if (!json) return issued.to_text(ui::origin_rows(file));
  ui::Json co_signers = ui::Json::array();
  for (const auto& signer : answered.co_signers)
    co_signers.push_back({{"person", signer.person}, {"fingerprint", crypto::fingerprint(signer.key)}});
  ui::Json value = issued.to_json(file);
  ui::Json& asked = value["request"];
  ui::put_moment(asked, "time", request.time);
  asked["reason"] = request.reason;
  asked["hosts"] = request.hosts;
  asked["code"] = code;
  asked["co_signers"] = std::move(co_signers);
  return ui::json_line(value);
}

}  // namespace

Result<int> run_sign(const SignOptions& typed) {
  SignOptions options = typed;
  HALLIGAN_CHECK(complete(options));
  if (!options.request.file && !options.host && options.renew.empty()) take_defaults(options);
  const bool json = options.output.json;
  if (options.request.file) {
    HALLIGAN_TRY(const auto answered, answer_request(options));
    if (!options.quiet) HALLIGAN_CHECK(ui::print(report(answered, json)));
    return 0;
  }
  HALLIGAN_CHECK(sign_keys(options, [&](const auto& written) {
    if (options.quiet) return Result<>();
    const std::string text = report(written, json);
    if (written.front().file != kStandardStream) return ui::print(text);
    ui::tell(text);  // the certificate is on standard output
    return Result<>();
  }));
  return 0;
}

}  // namespace halligan::issue
