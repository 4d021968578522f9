// The configuration that sshd has in force for one user from one address.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "trust/config_text.hpp"
#include "trust/facts.hpp"

namespace halligan::explain {

/// Whose login it is.
struct Login {
  std::string user;
  std::string from;      ///< IPv4 or IPv6 address
  std::uint64_t at = 0;  ///< Unix seconds
};

/// "OpenSSH_9.2p1": 902; 0 if it cannot be read.
unsigned version_number(std::string_view version);

class Setting {
 public:
  /// What sshd -T said of the account, for the address from which the host was asked. Where Match blocks
  /// decide otherwise about the address of the login, their text overrides it.
  Setting(const trust::Facts& facts, const trust::Account& account, const Login& login);

  /// The first value; "none" if it has no value.
  std::string value(const std::string& keyword) const;
  /// All words of all values.
  std::vector<std::string> words(const std::string& keyword) const;
  bool has(const std::string& keyword, std::string_view algorithm) const;
  /// "FILE:LINE" of the directive in force; empty: a default, or an argument of the daemon.
  std::string place(const std::string& keyword) const;
  /// The directive in force is "none" and in a Match block.
  bool none_in_match(const std::string& keyword) const;
  /// What could not be decided from the text alone; empty: nothing.
  const std::string& doubt() const { return doubt_; }

 private:
  const trust::Directive* in_force(const std::string& keyword) const;

  std::vector<trust::Directive> global_;
  std::vector<trust::Directive> matched_;  ///< of the Match blocks that apply
  std::multimap<std::string, std::string> effective_;
  std::string doubt_;
};

}  // namespace halligan::explain
