// The files that may stand for a CA's key: a handle of a security key, a software key, or a public key alone.
#pragma once

#include <string>
#include <variant>

#include "base/result.hpp"
#include "ssh/key_file.hpp"

namespace halligan::ca {

/// A key file that wants its passphrase, which we never ask for: only its public half is known.
struct EncryptedKey {
  ssh::PublicKey key;
};

using AuthorityKey = std::variant<ssh::SkHandle, ssh::PrivateKey, EncryptedKey>;

/// The key file of a CA.
/// @errors as io::read_secret_file() · kBadInput (a public key, no key file, halves that do not belong
/// together) · kUnsupported (another kind of file)
Result<AuthorityKey> read_authority_key(const std::string& path);

/// The public half of a CA: from its public key file, or from any file of which read_authority_key() knows.
/// @errors as io::read_secret_file(), but whoever may read the file · kBadInput · kUnsupported
Result<ssh::PublicKey> read_authority_public_key(const std::string& path);

/// What the names of a CA's policy and ledger begin with: "ca" for the files "ca" and "ca.pub".
std::string authority_stem(std::string path);

}  // namespace halligan::ca
