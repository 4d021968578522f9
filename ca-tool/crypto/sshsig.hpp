// Verifying SSHSIG, and what a key has to sign for one.
#pragma once

#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/verify.hpp"
#include "ssh/sshsig.hpp"

namespace halligan::crypto {

/// The bytes that a key signs for an SSHSIG over the message.
Bytes sshsig_to_be_signed(std::string_view name_space, ssh::SshsigHash hash, ByteView message);

/// By the key that the signature itself names: whose key that is, is another question.
/// @errors kNo (another namespace, does not verify) · as verify()
Result<Verified> verify_sshsig(const ssh::Sshsig& signature, std::string_view name_space, ByteView message);

struct SignedBy {
  ssh::PublicKey key;
  Verified verified;
};
/// One in armor, as ssh-keygen -Y sign writes it. @errors kBadInput, kUnsupported (not one) · as
/// verify_sshsig()
Result<SignedBy> verify_armored_sshsig(std::string_view armor, std::string_view name_space, ByteView message);

}  // namespace halligan::crypto
