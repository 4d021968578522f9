// Keys in the formats of other programs, which ssh-keygen reads or imports as well.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "ssh/key.hpp"
#include "ssh/key_file.hpp"

namespace halligan::crypto {

/// The key in a private key file: OpenSSH's own (ssh::parse_any_key_file()), or PEM as openssl and ssh-keygen
/// -m write it: PKCS#8, PKCS#1 (RSA), SEC 1 (EC). Of PEM only keys that are not encrypted.
/// @errors kBadInput · kUnsupported (encrypted PEM, PuTTY's, a kind that SSH does not have), with a hint
Result<ssh::AnyKey> parse_any_key_file(std::string_view text);

/// Is it a public key in PEM, or in the form of RFC 4716?
bool looks_like_foreign_public_key(std::string_view text);

/// The key in a public key file: "TYPE BASE64 [COMMENT]" (ssh::parse_public_key_file()), RFC 4716, or PEM:
/// SubjectPublicKeyInfo, PKCS#1.
/// @errors kBadInput · kUnsupported
Result<ssh::PublicKeyLine> parse_public_key_file(std::string_view text);

}  // namespace halligan::crypto
