// Private key files (openssh-key-v1), unencrypted: software keys, and the handle files of security keys.
// Source of the format: OpenSSH's PROTOCOL.key.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "ssh/key.hpp"
#include "ssh/wire.hpp"

namespace halligan::ssh {

/// A number of a private key, big-endian, at most as long as a 16384-bit RSA modulus.
using SecretNumber = Secret<2048>;

/// A software key pair. Move-only, wiped.
struct PrivateKey {
  PublicKey key;
  SecretNumber secret{};  ///< ed25519: the 32-byte seed; ECDSA: the scalar's magnitude; RSA: d
  SecretNumber iqmp{};    ///< RSA only: q^-1 mod p, then the primes; empty for the others
  SecretNumber p{};
  SecretNumber q{};

  /// The private half.
  void wipe() {
    for (SecretNumber* each : {&secret, &iqmp, &p, &q}) each->wipe();
  }
};

/// What ssh-keygen keeps of a key on a token: enough to ask the token for a signature, worthless without it.
struct SkHandle {
  PublicKey key;           ///< kSkEcdsa or kSkEd25519, with its application
  std::uint8_t flags = 0;  ///< sk-api: UP 0x01, UV 0x04, RESIDENT 0x20
  Bytes key_handle{};      ///< the credential id, 1..4096 bytes
  Bytes reserved{};

  bool operator==(const SkHandle&) const = default;
};

struct KeyFile {
  std::variant<PrivateKey, SkHandle> key;
  std::string comment{};
  std::uint32_t checkint = 0;

  const PublicKey& public_key() const;
  const PrivateKey* software() const { return std::get_if<PrivateKey>(&key); }
  const SkHandle* handle() const { return std::get_if<SkHandle>(&key); }
};

/// The text of a key file as ssh-keygen -N '' writes it.
/// @param checkint 32 random bits: they only serve to tell a wrong passphrase, but reuse would be odd
/// @param comment  without NUL
/// @errors kBadInput (parts missing or of the wrong size, too large, NUL in the comment)
Result<KeyText> write_key_file(const PrivateKey& key, std::string_view comment, std::uint32_t checkint);
Result<KeyText> write_key_file(const SkHandle& handle, std::string_view comment, std::uint32_t checkint);
Result<KeyText> write_key_file(const KeyFile& file);

/// One key, unencrypted; private and public half must be of the same key where that can be seen without
/// arithmetic (crypto's check_key_pair does the rest). Accepted means: write_key_file() gives the same bytes
/// inside the armor, but for padding that other programs make longer.
/// @errors kBadInput · kUnsupported (encrypted, with a hint; another kind of file or key)
Result<KeyFile> parse_key_file(std::string_view text);

/// A key file that is encrypted with a passphrase, which only ssh-add's user knows: its public half.
struct EncryptedKey {
  PublicKey key;
};
using AnyKey = std::variant<SkHandle, PrivateKey, EncryptedKey>;

/// The key in a file, encrypted or not. @errors as parse_key_file(), but for encrypted ones
Result<AnyKey> parse_any_key_file(std::string_view text);

/// The private half as the agent protocol has it beside a certificate; in a key file what the public half
/// says comes before it. Not for the key of a token.
void write_private_half(SecretWriter& out, const PrivateKey& key);

/// The same of a token's key, with its type and public half in front: string type, its fields, u8 flags,
/// string handle, string reserved.
Bytes handle_fields(const SkHandle& handle);

/// True for a text that begins like a private key file of any kind: for errors that say what was given.
bool looks_like_private_key(std::string_view text);

/// "a public key" or "a certificate", where somebody gave that instead of the private key; empty for anything
/// else.
std::string_view public_kind(std::string_view text);

/// Where ssh-keygen would put the certificate of a public key file: "id.pub" → "id-cert.pub".
std::string certificate_path(const std::string& public_key_path);

/// The private key's file, from any of the three names: "key", "key.pub" or "key-cert.pub" gives "key".
std::string key_path(std::string path);

}  // namespace halligan::ssh
