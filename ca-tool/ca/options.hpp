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
  std::string file;      ///< handle, key or (for the agent) public key; empty: the token is searched
  bool agent = false;    ///< the running ssh-agent signs
  std::string provider;  ///< another provider library for the handle's token; empty: ours
  std::string application = kDefaultApplication;
  std::optional<std::string> user;

  /// The names of the CA's policy and ledger without their ending; empty where there is no file.
  std::string stem() const { return authority_stem(file); }
};

/// --device
void declare_device(command::Flags& flags, TokenOptions& options);
/// --device and --pin-fd, under "Token"
void declare(command::Flags& flags, TokenOptions& options);
/// --application and --user
void declare_name(command::Flags& flags, AuthorityOptions& options);
/// All of them, under "CA"
void declare(command::Flags& flags, AuthorityOptions& options);

}  // namespace halligan::ca
