#include "cli/desk.hpp"

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

}  // namespace halligan::cli
