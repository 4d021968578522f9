// Access to a token with its prompts: where PINs come from and how a touch is requested.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "ca/options.hpp"
#include "ca/token_session.hpp"
#include "fido/presence/touch_notice.hpp"

namespace halligan::ca {

/// PINs from --pin-fd, or from the terminal or askpass, as in OpenSSH. A descriptor gives only one.
class PinPrompt final : public PinSource {
 public:
  explicit PinPrompt(std::optional<int> fd) : fd_(fd) {}
  Result<Pin> ask(const std::optional<Error>& wrong) override;

 private:
  std::optional<int> fd_;
};

/// The session refers to the PIN prompt and the touch notice beside it.
class TokenAccess {
 public:
  /// @param purpose what a touch is for: "to sign the certificate". @errors kBadInput: settings
  static Result<std::unique_ptr<TokenAccess>> open(const TokenOptions& options, std::string_view purpose);
  TokenAccess(fido::Settings settings, const TokenOptions& options, std::string_view purpose);

  TokenSession& session() { return session_; }

 private:
  PinPrompt pins_;
  fido::TouchNotice notice_;
  TokenSession session_;
};

/// The signal that ended a wait for a touch or for a token, or 0.
int interrupted_by();

}  // namespace halligan::ca
