#include "crypto/sshsig.hpp"

#include "base/codec.hpp"
#include "crypto/digest.hpp"
#include "ssh/armor.hpp"

namespace halligan::crypto {

Bytes sshsig_to_be_signed(std::string_view name_space, ssh::SshsigHash hash, ByteView message) {
  if (hash == ssh::SshsigHash::kSha256) return ssh::sshsig_signed_data(name_space, hash, sha256(message));
  return ssh::sshsig_signed_data(name_space, hash, sha512(message));
}

Result<Verified> verify_sshsig(const ssh::Sshsig& signature, std::string_view name_space, ByteView message) {
  if (signature.name_space != name_space) {
    return fail(Code::kNo,
                "made for " + printable(signature.name_space) + ", not for " + printable(name_space));
  }
  return verify(signature.key, sshsig_to_be_signed(name_space, signature.hash, message), signature.signature);
}

Result<SignedBy> verify_armored_sshsig(std::string_view armor, std::string_view name_space,
                                       ByteView message) {
  HALLIGAN_TRY(const KeyText blob, ssh::parse_armor(armor, "SSH SIGNATURE"));
  HALLIGAN_TRY(ssh::Sshsig signature, ssh::parse_sshsig(blob.view()));
  HALLIGAN_TRY(const Verified verified, verify_sshsig(signature, name_space, message));
  return SignedBy{std::move(signature.key), verified};
}

}  // namespace halligan::crypto
