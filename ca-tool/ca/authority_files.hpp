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

/// What ca.json and --json report of the CA: nothing secret.
ui::Json authority_json(const Authority& authority);

/// All or none. `ca` has mode 0600, as ssh-keygen requires, though it is useless without the token; the
/// others have 0644. ca.attestation is written only if there is one. @errors as io::write_files()
Result<> write_authority_files(const std::string& folder, const Authority& authority, io::Existing existing);

/// The signature counter of a CA's token after it made the key.
struct CounterStart {
  ssh::PublicKey authority;
  std::uint32_t counter;
};

/// From the text of a ca.json. @errors kBadInput: not one, or one by `ca export`, which lacks the counter
Result<CounterStart> parse_counter_start(std::string_view text);

}  // namespace halligan::ca
