// Digests, and the fingerprint of a key.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "ssh/key.hpp"

namespace halligan::crypto {

using Sha1 = std::array<std::uint8_t, 20>;
using Sha256 = std::array<std::uint8_t, 32>;
using Sha512 = std::array<std::uint8_t, 64>;

/// Throws std::runtime_error if the library cannot do it at all (no memory, no default provider): nothing
/// works then.
Sha256 sha256(ByteView data);
/// For formats that have it; it is not secure.
Sha1 sha1(ByteView data);
Sha512 sha512(ByteView data);
/// For hashed names of known_hosts.
Sha1 hmac_sha1(ByteView key, ByteView data);

/// "SHA256:" and 43 characters of base64 without padding, as ssh-keygen -l shows it, over a public key blob.
std::string fingerprint(ByteView key_blob);
std::string fingerprint(const ssh::PublicKey& key);
/// "MD5:" and 16 bytes in hexadecimal with colons, as sshd before 6.8 and FingerprintHash md5 show it. It
/// does not identify a key that somebody else made. @return nothing where the library refuses MD5 (FIPS)
std::optional<std::string> md5_fingerprint(const ssh::PublicKey& key);

}  // namespace halligan::crypto
