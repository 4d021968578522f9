#include "ca/token_access.hpp"

#include "fido/pin_rules.hpp"
#include "io/secret_input.hpp"
#include "ui/output.hpp"

namespace halligan::ca {

int interrupted_by() { return fido::Interruption::caught(); }

Result<Pin> PinPrompt::ask(const std::optional<Error>& wrong) {
  if (wrong && fd_) return fail(*wrong);
  if (wrong) ui::complain(*wrong);
  for (int tries = 1;; ++tries) {
    HALLIGAN_TRY(const Pin typed, io::ask_secret({.prompt = "PIN of the token: ", .fd = fd_}));
    auto possible = fido::possible_pin(typed.view());
    if (possible) return possible;
    if (fd_ || tries == kMostPinTries) return fail(std::move(possible).error());
    ui::complain(possible.error());
  }
}

TokenAccess::TokenAccess(fido::Settings settings, const TokenOptions& options, std::string_view purpose)
    : pins_(options.pin_fd),
      notice_(purpose, {.desktop = settings.notify, .announces_pin = !options.pin_fd}),
      session_(std::move(settings), options.device.empty() ? std::nullopt : std::optional(options.device),
               &notice_, pins_) {}

Result<std::unique_ptr<TokenAccess>> TokenAccess::open(const TokenOptions& options,
                                                       std::string_view purpose) {
  HALLIGAN_TRY(auto settings, fido::load_settings());
  return std::make_unique<TokenAccess>(std::move(settings), options, purpose);
}

}  // namespace halligan::ca
