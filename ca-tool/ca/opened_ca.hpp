// The CA's key, wherever it is: on a token, in an ssh-agent, in a file.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ca/options.hpp"
#include "ca/policy.hpp"
#include "ca/signer.hpp"
#include "ca/token_access.hpp"
#include "io/private_agent.hpp"

namespace halligan::ca {

/// The signer, last, and what it needs to be there for as long.
struct OpenedCa {
  std::unique_ptr<TokenAccess> access;
  std::optional<io::PrivateAgent> agent;
  std::string place;  ///< for people: "on a token"
  std::unique_ptr<Signer> signer;

  /// A touch for each signature, if not a PIN.
  bool needs_touch() const { return signer->public_key().is_sk(); }
};

/// What --ca, -U and --provider mean:
/// no file: the key is found on the token, which wants the PIN · a handle: the token, or with a provider's
/// library the library in an agent of our own · a key: it signs in our memory, and that is said · an
/// encrypted key: an agent of our own, into which ssh-add asks the passphrase · -U: the running ssh-agent.
/// @errors kUsage (letters that do not go together) · as ca::read_authority_key(), ca::find_authority(),
/// ca::AgentSigner::find(), io::PrivateAgent::start(), ca::check_authority() · kNeedsPerson (no passphrase) ·
/// kBadInput (no provider)
Result<OpenedCa> open_ca(const AuthorityOptions& authority, const TokenOptions& token, const Policy& policy);

}  // namespace halligan::ca
