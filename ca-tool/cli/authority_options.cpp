#include "cli/authority_options.hpp"

#include "ca/authority_files.hpp"

namespace halligan::cli {

void TokenOptions::declare(CLI::App& app) {
  app.add_option("--device", device, "use the token at PATH only")->type_name("PATH");
  app.add_option("--pin-fd", pin_fd, "read the PIN from descriptor N")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
}

void AuthorityOptions::declare(CLI::App& app, bool with_file) {
  if (with_file) {
    app.add_option("--ca", handle_file, "the CA's handle file (else: the token)")->type_name("FILE");
  }
  app.add_option("--application", application, "the CA's name on the token")
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--user", user, "the CA's user on the token")->type_name("NAME");
}

Desk::Desk(token::Settings settings, const TokenOptions& options, std::string purpose)
    : pins_(options.pin_fd),
      notice_(std::move(purpose)),
      session_(std::move(settings), options.device.empty() ? std::nullopt : std::optional(options.device),
               &notice_, pins_) {}

Result<std::unique_ptr<Desk>> Desk::open(const TokenOptions& options, std::string purpose) {
  HALLIGAN_TRY(auto settings, token::load_settings());
  return std::make_unique<Desk>(std::move(settings), options, std::move(purpose));
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
