// The text of a .pub file, and of a -cert.pub file.
#include "check.hpp"
#include "ssh/certificate.hpp"
#include "ssh/key.hpp"

using namespace halligan;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  if (const auto line = ssh::parse_public_key_file(text); line) {
    const std::string written = ssh::format_public_key_line(line->key, line->comment);
    demand(written.find('\n') == std::string::npos);
    demand(ssh::parse_public_key_line(written)->key == line->key);
    demand(!ssh::parse_certificate_file(text));
  }
  if (const auto line = ssh::parse_certificate_file(text); line) {
    const std::string written = ssh::format_certificate_line(line->certificate, line->comment);
    demand(ssh::parse_certificate_line(written)->certificate == line->certificate);
  }
  return 0;
}
