// The files that `halligan ca attest` reads.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "attest/statement.hpp"
#include "base/result.hpp"

namespace halligan::attest {

struct KeptFiles {
  std::string authority;    ///< the CA's public key, or its handle
  std::string attestation;  ///< empty: the one beside it
  std::string challenge;    ///< empty: ca.json beside it has it
};

/// What was kept when the CA was made.
struct Kept {
  Noted noted;
  ssh::Attestation attestation{};  ///< without a signature: nobody attested the key
  std::optional<std::uint64_t> created{};
};

/// @errors as read_authority_public_key(), notes_beside(), io::read_file(), ssh::parse_attestation() ·
/// kNotFound (no attestation was kept, or no challenge) · kBadInput (not a key on a token)
Result<Kept> read_kept(const KeptFiles& files);

/// Certificates that are trusted, in DER: those of a PEM file, or of all files *.pem, *.crt and *.cer of a
/// folder. @errors as io::read_file(), names_in() · kBadInput (none, or one that cannot be read)
Result<std::vector<Bytes>> read_roots(const std::string& path);

/// @errors as io::read_file()
Result<Bytes> read_metadata_file(const std::string& path);

}  // namespace halligan::attest
