// A KRL before it is written: what it revokes, and which certificates that are valid now it ends.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "ca/options.hpp"
#include "ssh/certificate.hpp"
#include "ssh/krl.hpp"

namespace halligan::revoke {

/// Bytes of a file with certificates or keys.
inline constexpr std::size_t kLargestFile = std::size_t{64} * 1024 * 1024;

/// What is to be revoked, as it was typed.
struct WantedOptions {
  ca::AuthorityOptions authority;         ///< whose serials and key IDs; only file and configuration
  std::vector<std::string> ledgers;       ///< none: the CA's in the configuration, else the user's own
  std::vector<std::string> serials;       ///< "N" or "N-M"
  std::vector<std::string> serial_files;  ///< with one such a line
  std::vector<std::string> key_ids;
  std::vector<std::string> keys;          ///< public key files
  std::vector<std::string> certificates;  ///< files
  std::vector<std::string> authorities;   ///< public key files of CAs
  bool until_now = false;                 ///< all that the CA has issued
  std::string old;                        ///< a list whose entries stay; empty: none
};

/// A certificate on record that is valid now.
struct Affected {
  ssh::Certificate certificate;
  std::optional<ssh::Revocation> revoked;  ///< by the new list
  bool before = false;                     ///< by the old one already
};

struct Draft {
  Bytes file;
  std::uint64_t version = 0;                   ///< above the old list's
  std::optional<std::vector<Affected>> valid;  ///< nothing: there is no ledger to tell
  std::vector<std::string> notes;              ///< for stderr

  /// Does it end certificates, and leave none?
  bool ends_all() const;
};

/// @param above the version is above this one too
/// @errors kUsage (nothing is named, a CA is missing, serial 0, not a range) · as reading the files ·
/// kNotFound
/// (--until-now without a certificate on record) · kUnsupported (the old list has what cannot be kept)
Result<Draft> draft(const WantedOptions& options, std::uint64_t now, std::uint64_t above);

}  // namespace halligan::revoke
