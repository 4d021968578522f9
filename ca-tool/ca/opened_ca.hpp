// The CA ready to sign, wherever its key is: on a token, in an ssh-agent, in a file.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "ca/authority_files.hpp"
#include "ca/policy.hpp"
#include "ca/selection.hpp"
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

/// The policy of the CA with this key, or why nothing may be signed. Asked once the key is known, which for a
/// file is before the token is asked for anything.
using FindPolicy = std::function<Result<Policy>(const ssh::PublicKey& key)>;

/// The path of a library that an agent is to load, checked and without links; this process does not load it.
/// @errors kNotFound · kUnreachable · kBadInput (not a provider)
Result<std::string> provider_library(const std::string& path);

/// What --ca, -U and --provider mean:
/// no file: the key is searched on the token, which requires its PIN · a handle: the token, or with
/// --provider a private agent that loads the library · a software key: this process signs, with a warning ·
/// an encrypted key: a private agent, for which ssh-add asks for the passphrase · -U: the running ssh-agent.
/// @errors kUsage (options that exclude each other) · as check_selected(), read_authority_key(),
/// find_authority(), AgentSigner::find(), io::PrivateAgent::start(), find_policy, check_authority() ·
/// kNeedsPerson (no passphrase) · kBadInput (not a provider library)
Result<OpenedCa> open_ca(const CaSelection& selection, const FindPolicy& find_policy);

}  // namespace halligan::ca
