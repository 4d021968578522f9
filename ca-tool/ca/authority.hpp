// A CA key on a token: making one, and finding it on the token alone.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "ca/policy_binding.hpp"
#include "ca/token_session.hpp"
#include "ssh/key_file.hpp"

namespace halligan::ca {

inline constexpr const char* kDefaultApplication = "ssh:emergency-ca";

/// Who vouches for the token that made a key.
enum class AttestedBy {
  kUnknown,      ///< found on a token, which does not say it again
  kNobody,       ///< attestation "none"
  kKey,          ///< the new key itself ("self")
  kSelfSigned,   ///< a certificate that anybody can make
  kCertificate,  ///< one by an issuer, which is not compared with the makers' here
};

/// A CA as its files describe it.
struct Authority {
  ssh::SkHandle handle;
  std::string comment;                     ///< stored on the token too, for export
  std::string token;                       ///< name of the token it was made on or found on
  bool discoverable = true;                ///< the token lists the key, see fido::Enrolled
  std::optional<std::uint64_t> created{};  ///< Unix seconds; unknown if found on a token
  std::optional<std::uint32_t> counter{};  ///< after the key was made; likewise
  Bytes challenge{};                       ///< signed by the attestation; empty if found on a token
  Bytes attestation{};                     ///< "ssh-sk-attest-v01"; likewise, or without attestation
  AttestedBy attested_by = AttestedBy::kUnknown;
  std::string attester{};                        ///< the issuer of the certificate, from a stranger
  std::optional<crypto::Sha256> bound_policy{};  ///< of the policy that it is bound to, by the token
};

/// In words, for a terminal; empty if unknown.
std::string attestation_words(const Authority& authority);

struct NewAuthority {
  ssh::KeyType type = ssh::KeyType::kSkEcdsa;
  std::string application = kDefaultApplication;             ///< begins with "ssh:", for ssh-keygen -K
  std::string user;                                          ///< distinguishes CAs of one application
  std::string comment;                                       ///< empty: the application
  bool verify = false;                                       ///< each signature needs the PIN, too
  std::optional<crypto::Sha256> bound_policy{};              ///< goes into the display name, see KeyLabel
  std::function<bool(const fido::Occupant&)> may_replace{};  ///< the CA that is on the token; empty: never
};

/// Make a resident key on the token. One touch. A token without a PIN does not list its keys: there the new
/// CA replaces no other. With a policy, checks that the token returns its hash whole, if it lists its keys.
/// @errors as fido::enroll() · kExists (a CA that may not be replaced) · kUsage (application without "ssh:")
/// · as format_key_label() · kUnsupported (the token cut the hash: the key is there all the same)
Result<Authority> create_authority(TokenSession& session, const NewAuthority& request);

/// A key for logins, as ssh-keygen makes it by default: not kept on the token, all but its secret is in the
/// handle; a touch for this and for each signature. @errors as fido::enroll()
Result<ssh::SkHandle> create_token_key(TokenSession& session, ssh::KeyType type);

/// The CA with this application on the token.
/// @param user selects one of several: a text, or the whole id in hexadecimal digits
/// @errors kNotFound (none) · kBadInput (several) · as fido::resident_keys_of()
Result<Authority> find_authority(TokenSession& session, const std::string& application,
                                 const std::optional<std::string>& user);

/// The policy that this CA is bound to, asked of the only token there is.
/// @return nothing where the token cannot tell: it lists no keys, or only after a gesture; there is none yet,
/// or there are several
/// @errors as fido::resident_keys_on(), but kUnsupported and kNotFound
Result<std::optional<Binding>> binding_on_token(TokenSession& session, const ssh::SkHandle& handle);

}  // namespace halligan::ca
