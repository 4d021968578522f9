// A KRL file, and whether it revokes a key or a certificate, as sshd and ssh-keygen -Q would say.
#pragma once

#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "ssh/certificate.hpp"
#include "ssh/key.hpp"
#include "ssh/krl.hpp"

namespace halligan::ca {

class RevocationList {
 public:
  /// @errors as io::read_file() · as ssh::parse_krl() · kUnsupported (a critical extension: sshd takes none
  /// of such a list)
  static Result<RevocationList> read(const std::string& path);
  RevocationList(RevocationList&&) = default;

  std::optional<ssh::Revocation> find(const ssh::PublicKey& key) const;
  /// The subject's key, then the CA's entries, then the CA's own key.
  std::optional<ssh::Revocation> find(const ssh::Certificate& certificate) const;

  const std::string& path() const { return path_; }
  const ssh::Krl& krl() const { return krl_; }

 private:
  RevocationList(std::string path, Bytes bytes) : path_(std::move(path)), bytes_(std::move(bytes)) {}

  std::string path_;
  Bytes bytes_;  // what krl_ points into; moving it does not move the bytes
  ssh::Krl krl_;
};

}  // namespace halligan::ca
