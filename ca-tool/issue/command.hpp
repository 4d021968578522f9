// What was typed: one plain struct for each subcommand. cli/parse*.cpp fill them in, and are the only files
// that know how.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ca/authority.hpp"
#include "ca/authority_key.hpp"
#include "io/files.hpp"

namespace halligan::cli {

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
  std::string application = ca::kDefaultApplication;
  std::optional<std::string> user;

  /// What the CA's other files are called, without their ending; empty where there is no file.
  std::string stem() const { return ca::authority_stem(file); }
};

/// The letters of ssh-keygen -s that mint and sign share.
struct GrantOptions {
  std::string key_id;
  std::vector<std::string> principals;
  std::string validity = "-5m:+60m";
  std::vector<std::string> letters;  ///< -O
  std::optional<std::uint64_t> serial;
  std::optional<std::string>
      policy_file;   ///< without it: the one beside the CA's handle file, if it is there
  bool yes = false;  ///< sign without asking
};

/// Where mint and sign keep their records.
struct LedgerOptions {
  std::string file;   ///< empty: beside the CA's handle file, else the user's own
  bool none = false;  ///< no record at all
  std::string reason;
};

/// How files are written and results reported.
struct OutputOptions {
  bool force = false;
  bool json = false;

  io::Existing existing() const { return force ? io::Existing::kReplace : io::Existing::kRefuse; }
};

struct InitOptions {
  TokenOptions token;
  OutputOptions output;
  std::string folder = ".";
  std::string type = "ecdsa-sk";
  bool yes = false;  ///< destroy the CA on the token without asking, where force allows it at all
  ca::NewAuthority request;
};

struct ExportOptions {
  TokenOptions token;
  OutputOptions output;
  std::string folder = ".";
  AuthorityOptions authority;
};

struct MintOptions {
  TokenOptions token;
  OutputOptions output;
  AuthorityOptions authority;
  GrantOptions grant;
  LedgerOptions ledger;
  std::string type = "ed25519";
  unsigned bits = 0;  ///< 0: the type's default
  std::string file = "emergency";
  bool agent = false;                      ///< into the running ssh-agent, not into files
  bool confirm = false;                    ///< which asks before each use
  std::vector<std::string> hosts;          ///< log in to them, with nothing kept
  std::vector<std::string> ssh_arguments;  ///< for ssh, behind the host's name
};

/// How a request is judged before it is signed.
struct RequestChecks {
  std::optional<std::string> file;
  std::string max_age = "1h";
  std::optional<std::string> code;
  std::optional<std::string>
      co_signers;  ///< allowed signers file; without it co-signatures are not looked at
  std::size_t require = 0;
};

struct SignOptions {
  TokenOptions token;
  OutputOptions output;
  AuthorityOptions authority;
  GrantOptions grant;
  LedgerOptions ledger;
  std::vector<std::string> files;
  RequestChecks request;
  bool host = false;
};

}  // namespace halligan::cli
