// Public keys of the seven kinds that OpenSSH certificates use: parse, encode, and the line of a .pub file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "ssh/wire.hpp"

namespace halligan::ssh {

enum class KeyType { kEd25519, kEcdsa256, kEcdsa384, kEcdsa521, kRsa, kSkEcdsa, kSkEd25519 };

/// What there is to know about a kind of key. All texts are static.
struct KeyTypeInfo {
  KeyType type;
  std::string_view name;              ///< "ssh-ed25519"; the type in a blob and on a line
  std::string_view certificate_name;  ///< "ssh-ed25519-cert-v01@openssh.com"
  std::string_view label;             ///< "ED25519", as ssh-keygen -l shows it
  std::string_view curve;             ///< "nistp256", empty where there is none
  std::size_t point_size;             ///< bytes of Q or of pk, 0 for RSA
  unsigned bits;                      ///< 256, 384, 521, 0 for RSA
};

const KeyTypeInfo& info(KeyType type);
inline std::string_view name(KeyType type) { return info(type).name; }
inline std::string_view certificate_name(KeyType type) { return info(type).certificate_name; }
inline bool is_sk(KeyType type) { return type == KeyType::kSkEcdsa || type == KeyType::kSkEd25519; }

inline bool is_ecdsa(KeyType type) { return !info(type).curve.empty(); }  ///< on a token or not

/// Could it be the name of a type, known or not? Anything else may be part of a secret, and is not shown.
bool is_type_name(std::string_view name);

/// By the name in a blob. @errors kUnsupported (not one of the seven; certificates and DSA are named as such)
Result<KeyType> key_type(std::string_view name);
/// By the name of its certificates. @errors kUnsupported
Result<KeyType> key_type_of_certificate(std::string_view certificate_name);

/// A public key that is well formed. That an EC point lies on its curve is for crypto to say (it needs
/// arithmetic).
class PublicKey {
 public:
  /// From a blob, all of it. @errors kBadInput · kUnsupported (another kind)
  static Result<PublicKey> parse(ByteView blob);

  /// The key fields alone, without the type's name: this is how a certificate carries its subject.
  static Result<PublicKey> read_fields(KeyType type, WireReader& reader);

  /// @param point ed25519: 32 bytes; ECDSA: 04‖X‖Y, uncompressed; RSA is refused.
  /// @param application for sk kinds the relying party, 1..1024 bytes without NUL; empty for the others.
  static Result<PublicKey> make(KeyType type, ByteView point, std::string_view application = {});

  /// @param exponent,modulus big-endian magnitudes; modulus odd, 1024..16384 bits; exponent odd, 3..2^64-1.
  static Result<PublicKey> make_rsa(ByteView exponent, ByteView modulus);

  KeyType type() const { return type_; }
  std::string_view name() const { return info(type_).name; }
  std::string_view label() const { return info(type_).label; }
  bool is_sk() const { return ssh::is_sk(type_); }
  /// 256, 384, 521, or the size of the RSA modulus: what ssh-keygen -l shows.
  unsigned bits() const;

  ByteView point() const { return point_; }                        ///< empty for RSA
  const std::string& application() const { return application_; }  ///< empty unless sk
  ByteView rsa_exponent() const { return exponent_; }              ///< magnitude
  ByteView rsa_modulus() const { return modulus_; }                ///< magnitude

  void write_fields(WireWriter& writer) const;
  /// The blob: byte for byte what was parsed.
  Bytes blob() const;

  bool operator==(const PublicKey&) const = default;

 private:
  explicit PublicKey(KeyType type) : type_(type) {}

  KeyType type_;
  Bytes point_;
  Bytes exponent_;
  Bytes modulus_;
  std::string application_;
};

struct PublicKeyLine {
  PublicKey key;
  std::string comment;  ///< everything after the blank that follows the base64; may be empty
};

/// "type base64[ comment]", one line without its end. A certificate, a private key and a line with
/// authorized_keys options in front are refused with an error that says so.
/// @errors kBadInput · kUnsupported
Result<PublicKeyLine> parse_public_key_line(std::string_view line);

/// Where the key or certificate is in a line that may have something in front of it: the options of
/// authorized_keys, the hosts of known_hosts, the principals of an allowed signers file. Of any type, known
/// or not. 0 if the line begins with a type that is known, or has no key.
std::size_t find_key_in_line(std::string_view line);

/// Does a key line begin here whose type is not known, but well formed, as of a later OpenSSH?
bool is_unknown_key_line(std::string_view line);

/// A .pub file: blank lines and lines that begin with # are skipped, CRLF is taken, one key is expected.
/// @errors kBadInput (none, or more than one) · kUnsupported
Result<PublicKeyLine> parse_public_key_file(std::string_view text);

/// Without a newline; no blank at the end when there is no comment. Control characters in the comment become
/// blanks.
std::string format_public_key_line(const PublicKey& key, std::string_view comment);

}  // namespace halligan::ssh
