#include "ca/token_access.hpp"

namespace halligan::ca {

TokenAccess::TokenAccess(fido::Settings settings, const TokenOptions& options, std::string_view purpose)
    : pins_(options.pin_fd),
      notice_(purpose, settings.notify),
      session_(std::move(settings), options.device.empty() ? std::nullopt : std::optional(options.device),
               &notice_, pins_) {}

Result<std::unique_ptr<TokenAccess>> TokenAccess::open(const TokenOptions& options,
                                                       std::string_view purpose) {
  HALLIGAN_TRY(auto settings, fido::load_settings());
  return std::make_unique<TokenAccess>(std::move(settings), options, purpose);
}

}  // namespace halligan::ca
