// The age program: encrypting a bundle and opening it again, by pipes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "handoff/ustar.hpp"

namespace halligan::handoff {

constexpr std::size_t kMaxSealed = 512 * 1024;  ///< bytes of an encrypted bundle, armored or not

/// What age takes for -r: an age1… recipient or an ssh-ed25519 or ssh-rsa public key, given as text or as the
/// path of a .pub file. @errors kBadInput (another kind of key) · as io::read_file()
Result<std::string> age_recipient(const std::string& given);

struct Sealing {
  std::vector<std::string> recipients;  ///< from age_recipient(); none: a passphrase, for which age asks
  bool armor = false;
};

/// @errors kUnreachable (age is not installed, or failed, which it says itself) · kNeedsPerson (nobody to ask
/// for a passphrase)
Result<Bytes> age_encrypt(const Sealing& sealing, ByteView archive);

/// @param identities paths of age identities or SSH private keys; none: a passphrase
/// @errors kNo (age cannot open it with these) · kUnreachable · kBadInput (not encrypted by age, too large)
Result<> age_decrypt(const std::vector<std::string>& identities, ByteView sealed, ArchiveText& out);

/// Accept only a file by age, armored or not, with no private key in plain sight. That its payload is
/// encrypted can be seen only by opening it. @errors kBadInput
Result<> check_sealed(ByteView file);

}  // namespace halligan::handoff
