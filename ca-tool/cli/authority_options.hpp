// The options that say which CA, which token and where the PIN comes from; the same for every command that
// has them.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>

#include "ca/authority.hpp"
#include "ca/token_session.hpp"
#include "ca/token_signer.hpp"
#include "cli/person.hpp"

namespace halligan::cli {

struct TokenOptions {
  std::string device;
  std::optional<int> pin_fd;

  void declare(CLI::App& app);
};

struct AuthorityOptions {
  std::string handle_file;  ///< empty: the key is looked up on the token
  std::string application = ca::kDefaultApplication;
  std::optional<std::string> user;

  /// @param with_file a handle file may be named instead of looking on the token
  void declare(CLI::App& app, bool with_file);
};

/// A token session with its person, in one piece: the session refers to the other two.
class Desk {
 public:
  static Result<std::unique_ptr<Desk>> open(const TokenOptions& options, std::string purpose);
  Desk(token::Settings settings, const TokenOptions& options, std::string purpose);

  ca::TokenSession& session() { return session_; }

  /// The CA's signer: from its handle file without asking the token, else found on the token, which wants the
  /// PIN.
  Result<std::unique_ptr<ca::Signer>> signer(const AuthorityOptions& authority);

 private:
  PersonsPin pins_;
  TouchNotice notice_;
  ca::TokenSession session_;
};

}  // namespace halligan::cli
