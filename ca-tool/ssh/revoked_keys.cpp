#include "ssh/revoked_keys.hpp"

#include "ssh/certificate.hpp"
#include "ssh/text_line.hpp"

namespace halligan::ssh {
namespace {

Result<PublicKey> revoked_key(std::string_view line) {
  if (first_word(line).ends_with("-cert-v01@openssh.com")) {
    HALLIGAN_TRY(CertificateLine parsed, parse_certificate_line(line));
    return std::move(parsed.certificate.body.subject);
  }
  HALLIGAN_TRY(PublicKeyLine parsed, parse_public_key_line(line));
  return std::move(parsed.key);
}

}  // namespace

Result<RevokedKeys> parse_revoked_keys(std::string_view text) {
  RevokedKeys out;
  std::vector<std::size_t> sizes;
  HALLIGAN_CHECK(each_line(text, [&](std::string_view line, std::size_t) -> Result<> {
    HALLIGAN_TRY(const PublicKey key, revoked_key(line));
    const Bytes blob = key.blob();
    append(out.blobs, blob);
    sizes.push_back(blob.size());
    return {};
  }));
  ByteView rest = out.blobs;
  for (const std::size_t size : sizes) {
    out.krl.keys.push_back(rest.first(size));
    rest = rest.subspan(size);
  }
  sort_unique(out.krl.keys);
  return out;
}

}  // namespace halligan::ssh
