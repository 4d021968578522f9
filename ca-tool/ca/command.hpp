// halligan ca …: what was typed, and what runs.
#pragma once

#include <string>

#include "base/result.hpp"
#include "ca/options.hpp"
#include "ui/output.hpp"

namespace halligan::ca {

struct InitOptions {
  TokenOptions token;
  ui::OutputOptions output;
  std::string folder = ".";
  std::string type = "ecdsa-sk";
  bool yes = false;  ///< destroy the CA on the token without asking, where force allows it at all
  NewAuthority request;
};

struct ExportOptions {
  TokenOptions token;
  ui::OutputOptions output;
  std::string folder = ".";
  AuthorityOptions authority;
};

Result<int> init_authority(const InitOptions& options);
Result<int> export_authority(const ExportOptions& options);

/// halligan ca
command::Command ca_command();

}  // namespace halligan::ca
