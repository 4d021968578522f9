// halligan(5): which CAs there are and what holds for each, in the manner of ssh_config(5).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace halligan::ca {

/// A value, and where it was set.
struct Setting {
  std::string value;
  std::string file;
  std::size_t line = 0;  ///< from 1

  /// "/etc/halligan/config:12"
  std::string place() const { return file + ":" + std::to_string(line); }
};

/// What the files say of one CA. Files are absolute paths.
struct ConfiguredCa {
  std::string name;
  std::optional<Setting> public_key;   ///< file: what hosts trust; this is how a CA is recognized
  std::optional<Setting> key;          ///< file: handle or key; without it the token is searched
  std::optional<Setting> agent;        ///< "yes": the running ssh-agent signs
  std::optional<Setting> provider;     ///< another provider library
  std::optional<Setting> application;  ///< on the token
  std::optional<Setting> user;
  std::optional<Setting> device;        ///< the only token that is used
  std::optional<Setting> ledger;        ///< file
  std::optional<Setting> policy;        ///< file
  std::optional<Setting> co_signers;    ///< file of allowed signers
  std::optional<Setting> principals;    ///< what -n is without it
  std::optional<Setting> validity;      ///< what -V is without it
  std::optional<Setting> known_hosts;   ///< file, for mint --ssh
  std::optional<Setting> snapshot_age;  ///< days, for prove --snapshots
  std::optional<Setting> drill_age;     ///< days, for prove
};

/// A keyword of a CA.
struct CaKeyword {
  std::string_view name;  ///< as the manual writes it; any case is understood
  std::optional<Setting> ConfiguredCa::*into;
  bool file = false;  ///< its value is a path
  /// @errors kBadInput: not a value of this keyword
  Result<> (*check)(const std::string& value) = nullptr;
};

/// All of them, in the manual's order.
std::span<const CaKeyword> ca_keywords();

class Configuration {
 public:
  /// The user's file ($XDG_CONFIG_HOME/halligan/config, else ~/.config/halligan/config), then
  /// /etc/halligan/config; or one file in their place. Files that are not there are skipped.
  /// @param named empty: both; "none": nothing
  /// @errors kNotFound (the named one) · as io::read_trusted_file() · kBadInput, "FILE:LINE: …"
  static Result<Configuration> load(const std::string& named);

  /// The CAs, in the order in which they appear.
  const std::vector<std::string>& names() const { return names_; }
  bool has(std::string_view name) const;
  /// The files that were read.
  const std::vector<std::string>& files() const { return files_; }

  /// The CA that is meant where none is named: DefaultCA, else the only one. @errors kBadInput: no such CA
  Result<std::optional<std::string>> default_ca() const;

  /// UnattendedCard: yes, no, or the serial number of the OpenPGP card.
  const std::optional<Setting>& unattended_card() const { return unattended_card_; }

  /// The first value of each keyword, in the blocks whose patterns match the name.
  ConfiguredCa find(const std::string& name) const;

 private:
  friend class ConfigurationReader;

  /// A keyword of a CA, and the patterns of the block that it is in.
  struct Line {
    const CaKeyword* keyword;
    std::vector<std::string> patterns;  ///< none: every CA
    Setting setting;
  };

  std::vector<Line> lines_;
  std::vector<std::string> names_;
  std::vector<std::string> files_;
  std::optional<Setting> default_;
  std::optional<Setting> unattended_card_;
};

}  // namespace halligan::ca
