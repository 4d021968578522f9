#include "token/admin/open_only_token.hpp"

#include "fido/discovery/token_paths.hpp"

namespace halligan::token {

Result<fido::Device> open_only_token(const fido::Context& context) {
  HALLIGAN_TRY(const auto tokens, fido::find_tokens(context.settings, context.device));
  if (tokens.size() > 1) {
    std::string names;
    for (const fido::TokenPath& token : tokens) names += (names.empty() ? "" : ", ") + token.name();
    return fail(Code::kUsage, "there are " + std::to_string(tokens.size()) + " tokens: " + names,
                "choose one with --device PATH");
  }
  return fido::Device::open(tokens.front(), context.settings, context.presence);
}

}  // namespace halligan::token
