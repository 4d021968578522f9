// Files with the key of a CA: the handle of a security key, a software key, or the public key alone.
#pragma once

#include <string>

#include "base/result.hpp"
#include "ssh/key_file.hpp"

namespace halligan::ca {

/// The key file of a CA; the two halves of a software key belong together.
/// @errors as io::read_secret_file() · kBadInput (a public key, no key file) · kUnsupported (another kind of
/// file)
Result<ssh::AnyKey> read_authority_key(const std::string& path);

/// The public half of a CA: from its public key file, or from any file that read_authority_key() reads.
/// @errors as io::read_secret_file(), but whoever may read the file · kBadInput · kUnsupported
Result<ssh::PublicKey> read_authority_public_key(const std::string& path);

/// "ca" for "ca" and "ca.pub".
std::string without_pub(std::string path);

/// What the names of a CA's policy and ledger begin with: without_pub() of the file, or of the one that a
/// link names.
std::string authority_stem(std::string path);

}  // namespace halligan::ca
