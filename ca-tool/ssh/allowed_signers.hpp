// Whose key is whose: ssh-keygen's allowed signers file, as far as we need it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ssh/key.hpp"

namespace halligan::ssh {

struct AllowedSigner {
  std::string person;  ///< one name: the person
  PublicKey key;
};

/// Lines "PRINCIPALS [namespaces="A,B"] TYPE BASE64 [COMMENT]", # lines and blank ones. A line whose
/// namespaces do not have `name_space` (literally, or as *) is left out. Any other option, cert-authority and
/// the dates among them, is an error: leaving one out would allow what the file does not.
/// PRINCIPALS is one name, no list of names and no pattern, and a key appears under one name only; of the
/// patterns in namespaces only a lone * is known.
/// @errors kBadInput ("line 3: …"; no signer at all) · kUnsupported
Result<std::vector<AllowedSigner>> parse_allowed_signers(std::string_view text, std::string_view name_space);

}  // namespace halligan::ssh
