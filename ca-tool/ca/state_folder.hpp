// What this user's machine keeps of a CA, found by its public key.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "ssh/key.hpp"

namespace halligan::ca {

/// $XDG_STATE_HOME/halligan/ca-ID, else ~/.local/state/halligan/ca-ID; ID begins the SHA-256 of the public
/// key in hexadecimal digits. In it: ca.pub, ca.ledger, copies of earlier ledgers (taken-*.ledger), and
/// `policy`, a link to the file that was last in force; and `kit`, when one was last made or verified.
class StateFolder {
 public:
  /// Nothing where neither XDG_STATE_HOME nor HOME is an absolute path.
  static std::optional<StateFolder> of(const ssh::PublicKey& authority);
  /// Those of all CAs that are there. @errors kUnreachable
  static Result<std::vector<StateFolder>> all();
  /// $XDG_STATE_HOME/halligan: where one ledger served all CAs in earlier releases.
  static std::optional<std::string> around();

  const std::string& path() const { return path_; }
  std::string ledger() const { return path_ + "/ca.ledger"; }
  std::string policy() const { return path_ + "/policy"; }
  std::string kit() const { return path_ + "/kit"; }
  /// "taken-*.ledger", sorted. @errors kUnreachable
  Result<std::vector<std::string>> taken_ledgers() const;

  /// Make the folder and its ca.pub, if they are not there. @errors kUnreachable
  Result<> make(const ssh::PublicKey& authority) const;

  /// Let `policy` be a link to this file. @param file absolute. @errors kUnreachable
  Result<> remember_policy(const std::string& file) const;

 private:
  explicit StateFolder(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

}  // namespace halligan::ca
