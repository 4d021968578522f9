// Access to a token with its prompts: the session refers to the PIN prompt and the touch notice beside it.
#pragma once

#include <memory>
#include <string_view>

#include "ca/options.hpp"
#include "ca/prompts.hpp"
#include "ca/token_session.hpp"

namespace halligan::ca {

class TokenAccess {
 public:
  /// @param purpose what a touch is for: "to sign the certificate". @errors kBadInput: settings
  static Result<std::unique_ptr<TokenAccess>> open(const TokenOptions& options, std::string_view purpose);
  TokenAccess(fido::Settings settings, const TokenOptions& options, std::string_view purpose);

  TokenSession& session() { return session_; }

 private:
  PinPrompt pins_;
  TouchNotice notice_;
  TokenSession session_;
};

}  // namespace halligan::ca
