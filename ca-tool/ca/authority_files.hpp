// The files of a CA in one folder: ca (handle), ca.pub, ca.json, ca.attestation.
#pragma once

#include <string>

#include "base/result.hpp"
#include "ca/authority.hpp"
#include "io/files.hpp"

namespace halligan::ca {

/// Before the token is asked for anything: can the files of a CA be written there?
/// @errors as io::check_new_files()
Result<> check_authority_files(const std::string& folder, io::Existing existing);

/// ca.json's contents: what there is to know of the CA, with nothing secret.
std::string describe_authority(const Authority& authority);

/// All or none. `ca` is 0600 as ssh-keygen would have it, though worthless without the token; the others are
/// 0644. ca.attestation is written only when there is one. @errors as io::write_files()
Result<> write_authority_files(const std::string& folder, const Authority& authority, io::Existing existing);

/// Where the signature counter of a CA's token stood when it had made the key.
struct CounterStart {
  ssh::PublicKey authority;
  std::uint32_t counter;
};

/// From the text of a ca.json. @errors kBadInput: not one, or one by `ca export`, which cannot know
Result<CounterStart> parse_counter_start(std::string_view text);

}  // namespace halligan::ca
