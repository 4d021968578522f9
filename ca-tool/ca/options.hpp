// What was typed, as far as several commands share it.
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
  std::string file;  ///< handle, key or (for the agent) public key; empty: the key is looked up on the token
  bool agent = false;    ///< the running ssh-agent signs
  std::string provider;  ///< another library that knows the token of the handle; empty: ours
  std::string application = kDefaultApplication;
  std::optional<std::string> user;

  /// What the CA's other files are called, without their ending; empty where there is no file.
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
