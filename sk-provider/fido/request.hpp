// The three things that are asked of tokens, in our words: neither libfido2's nor the sk-api's types appear
// here.
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

/// Whom to ask and who is watching.
struct Context {
  Settings settings;
  std::optional<std::string> device;  ///< this token only
  Presence* presence = nullptr;       ///< not owned
  const Pin* pin = nullptr;           ///< not owned; null: none was given
};

/// A resident key in whose place a new one would be put.
struct Occupant {
  std::string token;  ///< name of the token that holds it
  std::string application;
  std::string user;
  Bytes user_id;
  std::string display_name;  ///< empty where the token does not tell
  std::string fingerprint;   ///< "SHA256:…"; empty likewise

  bool operator==(const Occupant&) const = default;
};

/// "the token at … holds a resident key for ssh:… already: …", safe for a terminal.
std::string describe(const Occupant& occupant);

struct EnrollRequest {
  Algorithm algorithm = Algorithm::kEcdsa;
  std::string application;   ///< relying party id; resident keys are found again by its "ssh:" prefix
  std::string user;          ///< up to 31 bytes; tells several resident keys of one application apart
  std::string display_name;  ///< kept on the token with a resident key and given back with it; may be cut to
                             ///< 64 bytes. Empty: "USER 2026-11-22", the date in UTC
  ByteView challenge;        ///< signed by the attestation, as its SHA-256
  bool challenge_is_hash = false;  ///< 32 bytes that are a hash already
  bool touch = true;               ///< signatures will want a touch; a U2F token makes no key without
  bool resident = false;
  bool verify = false;     ///< signatures will want user verification (credProtect level 3)
  bool overwrite = false;  ///< replace a resident key of the same application and user
  std::function<bool(const Occupant&)> may_replace{};  ///< or only if this says so of the key that is there
  bool unseen_stays = false;  ///< resident, on a token that shows no resident keys: beside any other, in the
                              ///< place of none. Keys made so count as the user's on any token
};

struct Enrolled {
  Bytes public_key;  ///< 65 bytes 04‖X‖Y, or 32 bytes of Ed25519
  Bytes key_handle;
  Bytes attestation_signature;    ///< empty for attestation "none"
  Bytes attestation_certificate;  ///< X.509 DER; empty for self-attestation and "none"
  Bytes auth_data;                ///< CBOR byte string, as OpenSSH's attestation files hold it
  std::uint32_t counter = 0;      ///< the token's signature counter when it had made the key
  bool verify = false;       ///< as asked for, or because this token wants its PIN for everything (alwaysUv)
  bool shown_again = false;  ///< a token without a PIN or verification of its own shows no resident keys
  std::string token;         ///< name of the token that made it
};

/// Make a key; one touch. A U2F token makes ecdsa-sk keys that are neither resident nor verify-required.
/// @errors kPinRequired · kExists (resident, and not overwrite) · kUnsupported · kNeedsPerson · kNotFound ·
/// kUnreachable
Result<Enrolled> enroll(const Context& context, const EnrollRequest& request);

/// What a token signed.
struct Signature {
  std::uint8_t flags = 0;     ///< as the token signed them
  std::uint32_t counter = 0;  ///< as the token signed it
  Bytes signature;            ///< Ed25519: 64 bytes; ECDSA: r, big-endian without leading zeros
  Bytes signature_s;          ///< ECDSA: s likewise; Ed25519: empty
};

/// Of several tokens, the one that holds a key is found by asking each for a signature of this without a
/// touch. It is good for nothing else: no program of SSH signs a single zero. Most tokens count it.
inline constexpr std::uint8_t kSearchMessage[] = {0};

struct SignRequest {
  Algorithm algorithm = Algorithm::kEcdsa;
  ByteView message;              ///< hashed here with SHA-256
  bool message_is_hash = false;  ///< 32 bytes that are the hash already
  std::string application;
  ByteView key_handle;
  bool touch = true;
  bool verify = false;
  std::vector<Signature>* searches = nullptr;  ///< not owned; gets the signatures of kSearchMessage, also
                                               ///< when sign() fails after one
};

struct Assertion : Signature {
  std::string token;
};

/// Sign; three requests to a single token without PIN, a U2F token being asked again until it is touched.
/// Fails if the token's answer is for another application, or lacks a presence or verification that was asked
/// for.
/// @errors kPinRequired · kNotFound (no token holds the key) · kNeedsPerson · kUnreachable
Result<Assertion> sign(const Context& context, const SignRequest& request);

struct ResidentKey {
  Algorithm algorithm = Algorithm::kEcdsa;
  std::string application;
  Bytes public_key;
  Bytes key_handle;
  Bytes user_id;  ///< as on the token: 32 bytes, zero-padded, for keys made by OpenSSH or by enroll()
  std::string display_name;  ///< empty if the token keeps none
  bool verify = false;       ///< as Enrolled::verify
  std::string token;         ///< name of the token that holds it
};

/// All resident keys of one token whose application starts with `prefix`, in the token's order; keys of types
/// that SSH has no use for are passed over. An empty token has none, and that is no error.
/// @errors kPinRequired · kUnsupported (no PIN set, no credential management) · kNeedsPerson · kUnreachable
Result<std::vector<ResidentKey>> list_resident(const Context& context, std::string_view prefix);

/// The resident keys of exactly this application, without enumerating the others: fewer requests. @errors as
/// above
Result<std::vector<ResidentKey>> resident_keys_of(const Context& context, const std::string& application);

}  // namespace halligan::fido
