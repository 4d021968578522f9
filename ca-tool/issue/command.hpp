// halligan mint and halligan sign: what was typed, and what runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "ca/options.hpp"
#include "ui/output.hpp"

namespace halligan::issue {

/// The letters of ssh-keygen -s that mint and sign share.
struct SpecOptions {
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

struct MintOptions {
  ca::TokenOptions token;
  ui::OutputOptions output;
  ca::AuthorityOptions authority;
  SpecOptions grant;
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
  ca::TokenOptions token;
  ui::OutputOptions output;
  ca::AuthorityOptions authority;
  SpecOptions grant;
  LedgerOptions ledger;
  std::vector<std::string> files;
  RequestChecks request;
  bool host = false;
};

Result<int> mint(const MintOptions& options);
Result<int> sign(const SignOptions& options);
/// sign(), when --request is given.
Result<int> sign_request(const SignOptions& options);

/// halligan mint
command::Command mint_command();
/// halligan sign
command::Command sign_command();

}  // namespace halligan::issue
