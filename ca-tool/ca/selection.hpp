// Which CA is meant: what was typed, completed from the configuration.
#pragma once

#include <optional>
#include <string>

#include "ca/configuration.hpp"
#include "ca/options.hpp"
#include "ssh/key.hpp"

namespace halligan::ca {

struct CaSelection {
  AuthorityOptions authority;  ///< `file` names a file now, or nothing
  TokenOptions token;
  std::optional<ConfiguredCa> configured;  ///< the CA by its name, or by the key in its file
  std::optional<ssh::PublicKey> expected;  ///< that CA's public key
  Configuration configuration;
};

/// The key in its PublicKey. @errors as read_authority_public_key() · kBadInput (it has none)
Result<ssh::PublicKey> configured_public_key(const ConfiguredCa& ca);

/// --ca NAME is the CA of that name in the configuration; anything else is a file. Without --ca the default
/// CA of the configuration is meant, else whatever CA is on the token. What is typed wins over the
/// configuration.
/// @errors as Configuration::load(), read_authority_public_key() · kBadInput (a CA without PublicKey)
Result<CaSelection> select_ca(const AuthorityOptions& authority, const TokenOptions& token);

/// The key with which the CA would sign is the one that was meant. @errors kBadInput
Result<> check_selected(const CaSelection& selection, const ssh::PublicKey& key);

/// What the configuration says of the CA with this key, by whatever name it was chosen.
/// @errors kBadInput (unknown, because another CA's PublicKey cannot be read)
Result<std::optional<ConfiguredCa>> configured_by_key(const CaSelection& selection,
                                                      const ssh::PublicKey& key);

}  // namespace halligan::ca
