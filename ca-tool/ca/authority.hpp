// A CA key on a token: made, and found again on the token alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "ca/token_session.hpp"
#include "ssh/key_file.hpp"

namespace halligan::ca {

inline constexpr const char* kDefaultApplication = "ssh:emergency-ca";

/// A CA as its files describe it.
struct Authority {
  ssh::SkHandle handle;
  std::string comment;                   ///< kept on the token too, so that export gives it back
  std::string token;                     ///< name of the token it was made on or found on
  bool shown_again = true;               ///< the token alone can be the CA, as fido::Enrolled says
  std::optional<std::uint64_t> created;  ///< Unix seconds; not known from the token alone
  std::optional<std::uint32_t> counter;  ///< the token's when it had made the key; not known likewise
  Bytes challenge;                       ///< what the attestation signs; empty if it was found on a token
  Bytes attestation;                     ///< "ssh-sk-attest-v01"; empty likewise, or if the token gave none
};

struct NewAuthority {
  ssh::KeyType type = ssh::KeyType::kSkEcdsa;
  std::string application = kDefaultApplication;  ///< "ssh:" in front, or ssh-keygen -K would not find it
  std::string user;                               ///< tells several CAs of one application apart
  std::string comment;                            ///< empty: the application
  bool verify = false;                            ///< a PIN for each signature, besides the touch
  bool overwrite = false;
};

/// Make the key on the token: resident, so that the token alone is the CA. One touch. A token without a PIN
/// does not show what it holds: there the new CA stands beside any older one.
/// @errors as fido::enroll() · kUsage (application without "ssh:")
Result<Authority> create_authority(TokenSession& session, const NewAuthority& request);

/// The CA with this application on the token; its user, as a text or as all of the id in hexadecimal digits,
/// if given, decides between several.
/// @errors kNotFound (none) · kBadInput (several) · as fido::resident_keys_of()
Result<Authority> find_authority(TokenSession& session, const std::string& application,
                                 const std::optional<std::string>& user);

}  // namespace halligan::ca
