// halligan token …: what was typed, and what runs.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "ca/options.hpp"
#include "ui/output.hpp"

namespace halligan::token {

struct TokenListOptions {
  ui::OutputOptions output;
};

struct TokenInfoOptions {
  ca::TokenOptions token;
  ui::OutputOptions output;
};

struct TokenPinOptions : TokenInfoOptions {
  std::optional<int> new_pin_fd;
};

struct TokenKeysOptions : TokenInfoOptions {
  std::optional<std::string> application;
};

/// Which resident key is meant.
struct KeyChoice {
  std::string name;                 ///< its fingerprint or its application
  std::optional<std::string> user;  ///< the text or the hexadecimal digits of its user id, or its user name
};

struct TokenRenameOptions : TokenInfoOptions {
  KeyChoice key;
  std::optional<std::string> user_name;
  std::optional<std::string> display_name;
};

/// For what destroys.
struct TokenDeleteOptions : TokenInfoOptions {
  KeyChoice key;
  bool yes = false;
};

struct TokenResetOptions : TokenInfoOptions {
  bool yes = false;
};

/// halligan ca bind-policy: it changes a name on the token, so it lives here.
struct BindPolicyOptions : TokenInfoOptions {
  std::string folder = ".";  ///< with the CA's files: its ca.policy is the default, ca.json is kept up
  std::optional<std::string> policy;   ///< another file
  bool none = false;                   ///< bind it to no policy
  std::optional<std::string> comment;  ///< in the place of the one on the token
  std::string application = ca::kDefaultApplication;
  std::optional<std::string> user;
};

Result<int> list_tokens(const TokenListOptions& options);
Result<int> show_token(const TokenInfoOptions& options);
Result<int> show_pin(const TokenInfoOptions& options);
Result<int> set_first_pin(const TokenPinOptions& options);
Result<int> change_pin(const TokenPinOptions& options);
Result<int> list_keys(const TokenKeysOptions& options);
Result<int> rename_key(const TokenRenameOptions& options);
Result<int> delete_key(const TokenDeleteOptions& options);
Result<int> wink_token(const TokenInfoOptions& options);
Result<int> reset_token(const TokenResetOptions& options);

Result<int> bind_policy(const BindPolicyOptions& options);

/// halligan token
command::Command token_command();
/// halligan ca bind-policy
command::Command bind_policy_command();

}  // namespace halligan::token
