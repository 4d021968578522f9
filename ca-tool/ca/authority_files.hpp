// The files of a CA in one folder: ca (handle), ca.pub, ca.json, ca.attestation.
#pragma once

#include <string>

#include "base/result.hpp"
#include "ca/authority.hpp"
#include "io/files.hpp"
#include "ui/json.hpp"

namespace halligan::ca {

/// Can the files of a CA be written there? For use before the token is asked for anything.
/// @errors as io::check_new_files()
Result<> check_authority_files(const std::string& folder, io::Existing existing);

/// "DIR/ca.policy", where find_policy() looks.
std::string policy_beside(const std::string& folder);

/// All or none. `ca` has mode 0600, as ssh-keygen requires, though it is useless without the token; the
/// others have 0644. ca.attestation is written only if there is one. A ca.json of the same CA that is
/// replaced hands on what no token can say again: how the key was made.
/// @param policy the text of ca.policy; empty: none is written. @return what ca.json says.
/// @errors as io::write_files()
Result<ui::Json> write_authority_files(const std::string& folder, const Authority& authority,
                                       io::Existing existing, ByteView policy = {});

/// What a ca.json says of a CA besides its key.
struct AuthorityNotes {
  ssh::PublicKey authority;
  std::string comment{};                   ///< the token's name, as its maker gave it
  std::optional<std::uint32_t> counter{};  ///< after the key was made
  std::optional<crypto::Sha256> policy{};  ///< of the policy that it is bound to
  std::optional<std::uint64_t> created{};  ///< Unix seconds
  Bytes challenge{};                       ///< of the attestation; empty: unknown
  bool not_attested = false;               ///< nobody attested the key, so there is no ca.attestation
};

/// From the text of a ca.json. @errors kBadInput
Result<AuthorityNotes> parse_authority_notes(std::string_view text);

/// Of the ca.json beside the CA's file ("ca" → "ca.json"). Nothing without one, or if it is not of this CA:
/// it is only a help. @param ca_file empty: nothing. @errors as io::read_file(): it is there, and says which
/// policy is in force
Result<std::optional<AuthorityNotes>> notes_beside(const std::string& ca_file, const ssh::PublicKey& ca);

/// Set the policy that the CA is bound to in the folder's ca.json, if that is of this CA.
/// @return whether it was. @errors as io::write_files()
Result<bool> note_bound_policy(const std::string& folder, std::string_view fingerprint,
                               const std::optional<crypto::Sha256>& policy);

/// The signature counter of a CA's token after it made the key.
struct CounterStart {
  ssh::PublicKey authority;
  std::uint32_t counter;
};

/// From the text of a ca.json. @errors kBadInput: not one, or one by `ca export`, which lacks the counter
Result<CounterStart> parse_counter_start(std::string_view text);

}  // namespace halligan::ca
