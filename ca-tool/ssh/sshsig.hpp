// SSHSIG: the signatures of ssh-keygen -Y sign. Source of the format: OpenSSH's PROTOCOL.sshsig.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "ssh/key.hpp"
#include "ssh/signature.hpp"

namespace halligan::ssh {

/// The digest of the message inside the signed data; ssh-keygen's default is SHA-512.
enum class SshsigHash { kSha256, kSha512 };

struct Sshsig {
  PublicKey key;
  std::string name_space{};  ///< what the signature is for; 1..255 bytes without NUL
  SshsigHash hash = SshsigHash::kSha512;
  Signature signature{};

  bool operator==(const Sshsig&) const = default;
};

/// From a blob (without armor), all of it; the reserved field must be empty. Accepted means: encode() gives
/// the same bytes. @errors kBadInput · kUnsupported (another version, hash, key or signature)
Result<Sshsig> parse_sshsig(ByteView blob);

Bytes encode(const Sshsig& signature);

/// What the key signs. @param message_hash of the kind that `hash` says; crypto makes it
Bytes sshsig_signed_data(std::string_view name_space, SshsigHash hash, ByteView message_hash);

}  // namespace halligan::ssh
