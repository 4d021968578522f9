// A token session with its person, in one piece: the session refers to the other two.
#pragma once

#include <memory>
#include <string_view>

#include "ca/options.hpp"
#include "ca/prompts.hpp"
#include "ca/token_session.hpp"

namespace halligan::ca {

class Desk {
 public:
  /// @param purpose what a touch is for: "to sign the certificate". @errors kBadInput: settings
  static Result<std::unique_ptr<Desk>> open(const TokenOptions& options, std::string_view purpose);
  Desk(fido::Settings settings, const TokenOptions& options, std::string_view purpose);

  TokenSession& session() { return session_; }

 private:
  PersonsPin pins_;
  TouchNotice notice_;
  TokenSession session_;
};

}  // namespace halligan::ca
