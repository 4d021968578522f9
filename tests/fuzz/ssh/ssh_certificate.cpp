// A certificate's blob: accepted means that it re-encodes to the same bytes, and everything else can look at
// it.
#include "check.hpp"
#include "crypto/verify.hpp"
#include "ssh/certificate.hpp"
#include "ssh/findings.hpp"

using namespace halligan;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView blob(data, size);
  const auto certificate = ssh::parse_certificate(blob);
  if (!certificate) {
    demand(!certificate.error().message.empty());
    return 0;
  }
  const Bytes again = ssh::encode(*certificate);
  demand(same(again, blob));
  const Bytes to_sign = ssh::to_be_signed(certificate->body);
  demand(same(to_sign, blob.first(to_sign.size())));
  for (const ssh::Finding& finding : ssh::findings(*certificate))
    demand(finding.text.find('\n') == std::string::npos);
  static_cast<void>(ssh::validate(certificate->body));
  static_cast<void>(crypto::verify_certificate(*certificate));
  const auto line = ssh::parse_certificate_file(ssh::format_certificate_line(*certificate, "c"));
  demand(line && line->certificate == *certificate && line->comment == "c");
  return 0;
}
