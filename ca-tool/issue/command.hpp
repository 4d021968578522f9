// halligan mint and halligan sign.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "ca/selection.hpp"
#include "ui/output.hpp"

namespace halligan::issue {

inline constexpr const char* kDefaultValidity = "-5m:+60m";

/// What the certificate is to say, in the options of ssh-keygen -s.
struct SpecOptions {
  std::string key_id;
  std::vector<std::string> principals;
  std::string validity;                          ///< empty: the configuration's, else kDefaultValidity
  std::vector<std::string> certificate_options;  ///< -O
  std::optional<std::uint64_t> serial;
};

struct LedgerOptions {
  std::string file;   ///< empty: the configuration's, else the one in the CA's state folder
  bool none = false;  ///< record nothing
  std::string reason;
};

/// What mint and sign share.
struct SigningOptions {
  ca::TokenOptions token;
  ui::OutputOptions output;
  ca::AuthorityOptions authority;
  SpecOptions spec;
  LedgerOptions ledger;
  std::optional<std::string> policy_file;  ///< default: as ca::find_rules()
  std::string without_policy;              ///< why the policy that the CA is bound to is not used
  bool yes = false;                        ///< sign without asking
  bool quiet = false;                      ///< say nothing of what was signed
  ca::CaSelection selection{};             ///< by complete()
};

/// Find the CA that is meant. @errors as ca::select_ca()
Result<> complete(SigningOptions& options);
/// Principals and validity of the configuration, where none were typed: for a user's certificate that was not
/// requested.
void take_defaults(SigningOptions& options);

struct MintOptions : SigningOptions {
  std::string type = "ed25519";
  std::string subject_device;  ///< the token of a new key on a token; empty: whichever is touched
  unsigned bits = 0;           ///< 0: the type's default
  std::string file = "emergency";
  bool agent = false;                ///< into the running ssh-agent instead of files
  bool confirm = false;              ///< which asks before each use
  std::vector<std::string> hosts;    ///< log in to them and keep nothing
  bool certificate_per_hop = false;  ///< jump hosts get one of their own
  bool accept_new = false;           ///< host keys that nobody knows yet
  bool no_preflight = false;
  bool run = false;               ///< run a command with an agent that holds it
  std::vector<std::string> rest;  ///< after --: for ssh, after the host's name, or that command

  bool on_token() const { return type.ends_with("-sk"); }  ///< the new key
};

/// How a request is checked before it is signed.
struct RequestChecks {
  std::optional<std::string> file;
  std::string max_age = "1h";
  std::optional<std::string> code;
  std::optional<std::string> co_signers;  ///< allowed signers file; without it co-signatures are ignored
  std::size_t require = 0;
};

struct SignOptions : SigningOptions {
  std::vector<std::string> files;
  RequestChecks request;
  std::string renew;  ///< a certificate that is made again; nothing in `files`
  bool host = false;
};

Result<int> run_mint(const MintOptions& options);
/// Also sign --request.
Result<int> run_sign(const SignOptions& options);

/// halligan mint
command::Command mint_command();
/// halligan sign
command::Command sign_command();

}  // namespace halligan::issue
