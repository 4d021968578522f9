// halligan ca: making a CA on a token, and exporting it again.
#pragma once

#include <string>

#include "base/result.hpp"
#include "ca/configuration.hpp"
#include "ca/options.hpp"
#include "ui/output.hpp"

namespace halligan::ca {

struct InitOptions {
  TokenOptions token;
  ui::OutputOptions output;
  std::string folder = ".";
  std::string type = "ecdsa-sk";
  bool yes = false;                   ///< with force: destroy the CA on the token without asking
  std::optional<std::string> policy;  ///< file of the policy that the CA is bound to; copied beside it
  NewAuthority request;
};

struct ExportOptions {
  TokenOptions token;
  ui::OutputOptions output;
  std::string folder = ".";
  AuthorityOptions authority;
};

struct WrittenAuthority {
  Authority authority;
  ui::Json notes;  ///< what ca.json says
};

/// Make the key on the token and write the CA's files.
/// @errors as check_authority_files(), create_authority(), write_authority_files() · kNo (not confirmed)
Result<WrittenAuthority> init_authority(const InitOptions& options);
/// Find the key on the token and write the CA's files.
/// @errors as check_authority_files(), find_authority(), write_authority_files()
Result<WrittenAuthority> export_authority(const ExportOptions& options);

struct ConfigShowOptions {
  ui::OutputOptions output;
  std::string name;  ///< empty: all CAs
  std::string configuration;
};

/// What an emergency would find missing of the files that a configuration names: a text for each.
std::vector<std::string> configuration_problems(const Configuration& configuration);

/// halligan ca. @param more commands on CAs that other rooms have
command::Command ca_command(std::vector<command::Command> more = {});
/// halligan config
command::Command config_command();

}  // namespace halligan::ca
