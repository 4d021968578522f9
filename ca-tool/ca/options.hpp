// Options that several commands share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ca/authority.hpp"
#include "ca/authority_key.hpp"
#include "command/declaration.hpp"

namespace halligan::ca {

/// Which token, and where its PIN comes from.
struct TokenOptions {
  std::string device;
  std::optional<int> pin_fd;
};

/// Which CA.
struct AuthorityOptions {
  std::string file;         ///< handle, key or (for the agent) public key, or the name of a configured CA
  bool agent = false;       ///< the running ssh-agent signs
  std::string provider;     ///< another provider library for the handle's token; empty: ours
  std::string application;  ///< empty: the configuration's, else kDefaultApplication
  std::optional<std::string> user;
  std::string rsa_hash;       ///< "sha256", "sha512"; empty: ssh::default_algorithm()
  std::string configuration;  ///< the file to use instead of the usual ones, or "none"

  const std::string& application_or_default() const;
};

/// A descriptor that a secret is read from: claimed as soon as its number is read.
command::Flag& declare_secret_fd(command::Flags& flags, std::string_view name, std::optional<int>& into,
                                 const std::string& help);
/// --device
void declare_device(command::Flags& flags, TokenOptions& options);
/// --device and --pin-fd, under "Token"
void declare(command::Flags& flags, TokenOptions& options);
/// --application and --user
void declare_name(command::Flags& flags, AuthorityOptions& options);
/// --config
void declare_configuration(command::Flags& flags, std::string& file);
/// All of them, under "CA"
void declare(command::Flags& flags, AuthorityOptions& options);

}  // namespace halligan::ca
