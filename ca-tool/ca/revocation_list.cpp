#include "ca/revocation_list.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "crypto/digest.hpp"
#include "crypto/key_pair.hpp"
#include "crypto/verify.hpp"
#include "io/files.hpp"
#include "ssh/revoked_keys.hpp"
#include "ssh/wire.hpp"

namespace halligan::ca {
namespace {

std::optional<ssh::Revocation> find_blob(const ssh::Krl& krl, ByteView blob) {
  crypto::Sha1 sha1{};
  crypto::Sha256 sha256{};
  if (!krl.sha1.empty()) sha1 = crypto::sha1(blob);
  if (!krl.sha256.empty()) sha256 = crypto::sha256(blob);
  return ssh::find_key(krl, {blob, sha1, sha256});
}

// Four numbers of at most 16384 bits after the name.
bool is_dsa_key(ByteView blob) {
  constexpr std::size_t kLargestDsaNumber = 2048;
  ssh::WireReader reader(blob);
  const auto type = reader.text();
  if (!type || *type != "ssh-dss") return false;
  for (int i = 0; i < 4; ++i) {
    const auto number = reader.string();
    if (!number || (!number->empty() && (*number)[0] >= 0x80)) return false;
    if (number->size() > kLargestDsaNumber + 1) return false;
    if (number->size() == kLargestDsaNumber + 1 && (*number)[0] != 0) return false;
  }
  return reader.done().has_value();
}

// OpenSSH reads more as the key of a CA than can be one: DSA, see names_dsa_ca(), and a certificate, which
// it verifies.
bool openssh_reads(ByteView blob) {
  if (const auto key = ssh::PublicKey::parse(blob)) return crypto::check_encoding(*key).has_value();
  if (const auto certificate = ssh::parse_certificate(blob)) {
    return crypto::check_encoding(certificate->body.subject).has_value() &&
           crypto::verify_certificate(*certificate).has_value();
  }
  return is_dsa_key(blob);
}

// Why no version takes it.
std::optional<std::string> refused_by_all(const ssh::Krl& krl) {
  if (const auto* unknown = krl.refused_for(); unknown != nullptr) {
    return "unknown critical extension " + printable(unknown->name);
  }
  for (const ssh::KrlAuthority& authority : krl.authorities) {
    if (authority.ca.empty() || openssh_reads(authority.ca)) continue;
    return "OpenSSH cannot read the key of a CA in it, " + crypto::fingerprint(authority.ca);
  }
  return std::nullopt;
}

const ssh::KrlAuthority* dsa_authority(const ssh::Krl& krl) {
  const auto found = std::find_if(krl.authorities.begin(), krl.authorities.end(),
                                  [](const ssh::KrlAuthority& each) { return is_dsa_key(each.ca); });
  return found == krl.authorities.end() ? nullptr : &*found;
}

}  // namespace

std::optional<std::string> refused_by_sshd(const ssh::Krl& krl) {
  if (auto reason = refused_by_all(krl)) return reason;
  if (const auto* authority = dsa_authority(krl); authority != nullptr) {
    return "OpenSSH since 9.8 cannot read the key of a CA in it, DSA " + crypto::fingerprint(authority->ca);
  }
  return std::nullopt;
}

bool names_dsa_ca(const ssh::Krl& krl) { return dsa_authority(krl) != nullptr; }

std::vector<std::string> refused_by_versions(const ssh::Krl& krl) {
  std::vector<std::string> out;
  bool extended = !krl.unknown.empty();
  for (const ssh::KrlAuthority& each : krl.authorities) extended = extended || !each.unknown.empty();
  if (extended) out.emplace_back("before 9.4: extensions");
  if (names_dsa_ca(krl)) out.emplace_back("since 9.8: a CA with a DSA key");
  return out;
}

Result<RevocationList> RevocationList::read(const std::string& path) {
  HALLIGAN_TRY(Bytes file, io::read_file(path, ssh::kMaxKrlSize));
  return parse(std::move(file), path);
}

Result<RevocationList> RevocationList::parse(Bytes file, const std::string& path) {
  RevocationList list(path);
  list.bytes_ = std::move(file);
  if (!ssh::looks_like_krl(list.bytes_)) {
    HALLIGAN_TRY(auto parsed, ssh::parse_revoked_keys(as_text(list.bytes_))
                                  .in(path + ": neither a KRL nor a list of public keys")
                                  .hint("fix the file: with it as RevokedKeys, sshd may refuse every key"));
    list.bytes_ = std::move(parsed.blobs);
    list.krl_ = std::move(parsed.krl);
    return list;
  }
  HALLIGAN_TRY(list.krl_, ssh::parse_krl(list.bytes_).in(path));
  list.version_ = list.krl_.version;
  if (const auto reason = refused_by_all(list.krl_)) {
    return fail(Code::kUnsupported, path + ": " + *reason + ", and sshd refuses every key with such a list");
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
