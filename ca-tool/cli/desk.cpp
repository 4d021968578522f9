#include "cli/desk.hpp"

#include "ca/authority_files.hpp"

namespace halligan::cli {

Desk::Desk(token::Settings settings, const TokenOptions& options, std::string_view purpose)
    : pins_(options.pin_fd),
      notice_(purpose, settings.notify),
      session_(std::move(settings), options.device.empty() ? std::nullopt : std::optional(options.device),
               &notice_, pins_) {}

Result<std::unique_ptr<Desk>> Desk::open(const TokenOptions& options, std::string_view purpose) {
  HALLIGAN_TRY(auto settings, token::load_settings());
  return std::make_unique<Desk>(std::move(settings), options, purpose);
}

Result<std::unique_ptr<ca::Signer>> Desk::signer(const AuthorityOptions& authority) {
  if (!authority.handle_file.empty()) {
    HALLIGAN_TRY(auto handle, ca::read_handle(authority.handle_file));
    return std::make_unique<ca::TokenSigner>(std::move(handle), session_);
  }
  HALLIGAN_TRY(auto found, ca::find_authority(session_, authority.application, authority.user));
  return std::make_unique<ca::TokenSigner>(std::move(found.handle), session_);
}

}  // namespace halligan::cli
