// The CA ready to sign, wherever its key is: on a token, in an ssh-agent, in a file.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ca/authority_files.hpp"
#include "ca/options.hpp"
#include "ca/policy.hpp"
#include "ca/signer.hpp"
#include "ca/token_access.hpp"
#include "io/private_agent.hpp"

namespace halligan::ca {

/// The signer, and before it what must outlive it.
struct OpenedCa {
  std::unique_ptr<TokenAccess> access{};
  std::optional<io::PrivateAgent> agent{};
  std::string place{};  ///< for display: "on a token"
  std::unique_ptr<Signer> signer;
  std::optional<AuthorityNotes> notes{};  ///< ca.json beside the CA's file
  Binding binding{};

  /// Does each signature need a touch?
  bool needs_touch() const { return signer->public_key().is_sk(); }
};

/// What --ca, -U and --provider mean:
/// no file: the key is searched on the token, which requires its PIN · a handle: the token, or with
/// --provider a private agent that loads the library · a software key: this process signs, with a warning ·
/// an encrypted key: a private agent, for which ssh-add asks for the passphrase · -U: the running ssh-agent.
/// @errors kUsage (options that exclude each other) · as read_authority_key(), find_authority(),
/// AgentSigner::find(), io::PrivateAgent::start(), check_authority() · kNeedsPerson (no passphrase) ·
/// kBadInput (not a provider library)
Result<OpenedCa> open_ca(const AuthorityOptions& authority, const TokenOptions& token, const Policy& policy);

}  // namespace halligan::ca
