// What tokens are asked for: to make a key, to sign, to list resident keys. Types of neither libfido2 nor the
// sk-api appear here.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "fido/discovery/settings.hpp"
#include "fido/presence/presence.hpp"

namespace halligan::fido {

enum class Algorithm {
  kEcdsa,    ///< ECDSA on P-256 with SHA-256: COSE ES256, "ecdsa-sk"
  kEd25519,  ///< COSE EdDSA, "ed25519-sk"
};

inline constexpr std::uint8_t kUserPresent = 0x01;   ///< CTAP authenticator data flag UP
inline constexpr std::uint8_t kUserVerified = 0x04;  ///< CTAP authenticator data flag UV

/// Which token to ask, and how to reach the person.
struct Context {
  Settings settings;
  std::optional<std::string> device;  ///< this token only
  Presence* presence = nullptr;       ///< not owned
  const Pin* pin = nullptr;           ///< not owned; null: no PIN was given
};

/// A resident key that a new one would replace.
struct Occupant {
  std::string token;  ///< name of the token that holds it
  std::string application;
  std::string user;
  Bytes user_id;
  std::string display_name;  ///< empty where the token does not tell
  std::string fingerprint;   ///< "SHA256:…"; empty likewise

  bool operator==(const Occupant&) const = default;
};

/// "the token at … already holds a resident key for ssh:…: …", safe for a terminal.
std::string describe(const Occupant& occupant);

struct EnrollRequest {
  Algorithm algorithm = Algorithm::kEcdsa;
  std::string application;         ///< relying party ID; resident keys are found again by its "ssh:" prefix
  std::string user;                ///< up to 31 bytes; distinguishes resident keys of one application
  std::string display_name;        ///< stored with a resident key; may be cut to 64 bytes. Empty: "USER
                                   ///< 2026-11-22", the date in UTC
  ByteView challenge;              ///< signed by the attestation, as its SHA-256
  bool challenge_is_hash = false;  ///< 32 bytes that are already a hash
  bool touch = true;               ///< signatures require a touch; U2F tokens make no other keys
  bool resident = false;
  bool verify = false;     ///< signatures require user verification (credProtect level 3)
  bool overwrite = false;  ///< replace a resident key of the same application and user
  std::function<bool(const Occupant&)> may_replace{};  ///< or only if this agrees to losing the one found
  /// Called with the counter of each signature that looking for a key took: only on tokens that list their
  /// keys no other way.
  std::function<void(std::uint32_t)> counted{};
  bool keep_undiscoverable =
      false;  ///< on a token that does not list its resident keys (Enrolled::discoverable),
              ///< replace none of them: give the new key a unique user ID
};

struct Enrolled {
  Bytes public_key;  ///< 65 bytes 04‖X‖Y, or 32 bytes of Ed25519
  Bytes key_handle;
  Bytes attestation_signature;    ///< empty for attestation "none"
  Bytes attestation_certificate;  ///< X.509 DER; empty for self-attestation and "none"
  Bytes auth_data;                ///< CBOR byte string, as OpenSSH's attestation files hold it
  std::uint32_t counter = 0;      ///< the token's signature counter after it made the key
  bool verify = false;  ///< as requested, or because this token requires its PIN for everything (alwaysUv)
  bool discoverable = false;  ///< resident, and the token lists it: one without a PIN or built-in user
                              ///< verification lists no keys
  std::string token;          ///< name of the token that made it
};

/// Make a key; one touch. A U2F token makes only ecdsa-sk keys that are neither resident nor verify-required.
/// @errors kPinRequired · kExists (resident, and not overwrite) · kUnsupported · kNeedsPerson · kNotFound ·
/// kUnreachable
Result<Enrolled> enroll(const Context& context, const EnrollRequest& request);

/// What a token signed.
struct Signature {
  std::uint8_t flags = 0;     ///< as the token signed them
  std::uint32_t counter = 0;  ///< as the token signed it
  Bytes signature;            ///< Ed25519: 64 bytes; ECDSA: r, big-endian without leading zeros
  Bytes signature_s;          ///< ECDSA: s, likewise; Ed25519: empty
};

/// The one of several tokens that holds a key is found by asking each for a signature of this without a
/// touch. The signature has no other use: no SSH program signs a single zero. Most tokens count it.
inline constexpr std::uint8_t kSearchMessage[] = {0};

struct SignRequest {
  Algorithm algorithm = Algorithm::kEcdsa;
  ByteView message;              ///< hashed here with SHA-256
  bool message_is_hash = false;  ///< 32 bytes that are already the hash
  std::string application;
  ByteView key_handle;
  bool touch = true;
  bool verify = false;
};

struct Assertion : Signature {
  std::string token;
};

struct Signing {
  Result<Assertion> assertion;
  std::vector<Signature> searches;  ///< of kSearchMessage, made to find the token; also if the rest failed
  std::optional<std::uint32_t> discarded{};  ///< counter of a signature that was made and failed a check here
};

/// Sign; three requests to a single token without PIN, a U2F token being asked again until it is touched.
/// Fails if the token's answer is for another application, or lacks a requested presence or verification.
/// @errors kPinRequired · kNotFound (no token holds the key) · kNeedsPerson · kUnreachable
Signing sign(const Context& context, const SignRequest& request);

/// A resident key of any application and type. Texts are as the token sent them: show them with printable().
struct ResidentKey {
  std::string application;       ///< relying party ID
  bool application_cut = false;  ///< the token stored only the beginning of it
  Bytes key_handle;              ///< credential ID
  Bytes user_id;                 ///< 32 bytes, zero-padded, for keys made by OpenSSH or by enroll()
  std::string user_name;         ///< this and the next are empty if the token stores none
  std::string display_name;
  std::int64_t cose_algorithm = 0;     ///< 0: not reported
  std::optional<Algorithm> algorithm;  ///< nothing: a type of key that SSH does not have
  Bytes public_key;                    ///< as Enrolled::public_key; empty without an algorithm
  int protection = 0;                  ///< credProtect level 1 to 3; 0: not reported
  bool verify = false;                 ///< as Enrolled::verify
  std::string token;                   ///< name of the token that holds it
};

/// The resident keys of one token whose application starts with `prefix`, in the token's order, without those
/// that SSH cannot use. An empty token has none, which is not an error.
/// @errors kPinRequired · kUnsupported (no PIN set, no credential management) · kNeedsPerson · kUnreachable
Result<std::vector<ResidentKey>> list_resident(const Context& context, std::string_view prefix);

/// The resident keys of exactly this application, without enumerating the others: fewer requests. @errors as
/// list_resident()
Result<std::vector<ResidentKey>> resident_keys_of(const Context& context, const std::string& application);

}  // namespace halligan::fido
