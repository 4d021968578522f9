#include "ca/revocation_list.hpp"

#include "base/codec.hpp"
#include "crypto/digest.hpp"
#include "io/files.hpp"

namespace halligan::ca {
namespace {

std::optional<ssh::Revocation> find_blob(const ssh::Krl& krl, ByteView blob) {
  crypto::Sha1 sha1{};
  crypto::Sha256 sha256{};
  if (!krl.sha1.empty()) sha1 = crypto::sha1(blob);
  if (!krl.sha256.empty()) sha256 = crypto::sha256(blob);
  return ssh::find_key(krl, {blob, sha1, sha256});
}

}  // namespace

Result<RevocationList> RevocationList::read(const std::string& path) {
  HALLIGAN_TRY(Bytes bytes, io::read_file(path, ssh::kMaxKrlSize));
  RevocationList list(path, std::move(bytes));
  auto parsed = ssh::parse_krl(list.bytes_);
  if (!parsed) return fail(std::move(parsed).error().in(path));
  list.krl_ = *std::move(parsed);
  if (const auto* unknown = list.krl_.refused_for(); unknown != nullptr) {
    return fail(Code::kUnsupported, path + ": the critical extension " + printable(unknown->name) +
                                        " is not known, and sshd refuses every key with such a list");
  }
  return list;
}

std::optional<ssh::Revocation> RevocationList::find(const ssh::PublicKey& key) const {
  return find_blob(krl_, key.blob());
}

std::optional<ssh::Revocation> RevocationList::find(const ssh::Certificate& certificate) const {
  const ssh::CertificateBody& body = certificate.body;
  if (auto found = find_blob(krl_, body.subject.blob()); found) return found;
  const Bytes ca = body.ca.blob();
  if (auto found = ssh::find_certificate(krl_, ca, body.key_id, body.serial); found) return found;
  auto found = find_blob(krl_, ca);
  if (found) found->ca_key = true;
  return found;
}

}  // namespace halligan::ca
