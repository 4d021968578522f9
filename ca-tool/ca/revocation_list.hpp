// A RevokedKeys file, a KRL or a list of keys, and whether it revokes a key or a certificate, as sshd would
// say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "ssh/certificate.hpp"
#include "ssh/key.hpp"
#include "ssh/krl.hpp"

namespace halligan::ca {

/// Why today's sshd takes none of this list, as it parsed, and so refuses every key: a critical extension, or
/// the key of a CA that OpenSSH cannot read. Nothing if it does take it; printable.
std::optional<std::string> refused_by_sshd(const ssh::Krl& krl);

/// Whether it is for a CA with a DSA key. OpenSSH reads such keys before 9.8, in 9.8 and 9.9 only if built
/// to, and not since 10.0.
bool names_dsa_ca(const ssh::Krl& krl);

/// The versions of sshd that refuse every key with this list, which others take, and why: "before 9.4:
/// extensions".
std::vector<std::string> refused_by_versions(const ssh::Krl& krl);

class RevocationList {
 public:
  /// @errors as io::read_file(), ssh::parse_krl() and ssh::parse_revoked_keys() · kUnsupported
  /// (no version of sshd takes it)
  static Result<RevocationList> read(const std::string& path);
  /// The same of a file's contents. @param path what messages call it
  static Result<RevocationList> parse(Bytes file, const std::string& path);
  RevocationList(RevocationList&&) = default;

  std::optional<ssh::Revocation> find(const ssh::PublicKey& key) const;
  /// The subject's key, then the CA's entries, then the CA's own key.
  std::optional<ssh::Revocation> find(const ssh::Certificate& certificate) const;

  /// What it lists; of a list of keys nothing but keys.
  const ssh::Krl& krl() const { return krl_; }
  const std::string& path() const { return path_; }
  /// A list of keys has none.
  std::optional<std::uint64_t> version() const { return version_; }

 private:
  explicit RevocationList(std::string path) : path_(std::move(path)) {}

  std::string path_;
  Bytes bytes_;  // what krl_ points into; moving it does not move the bytes
  ssh::Krl krl_;
  std::optional<std::uint64_t> version_;
};

}  // namespace halligan::ca
