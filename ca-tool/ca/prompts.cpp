#include "ca/prompts.hpp"

#include "fido/pin_rules.hpp"
#include "io/secret_input.hpp"
#include "ui/output.hpp"

namespace halligan::ca {

int interrupted_by() { return fido::Interruption::caught(); }

Result<Pin> PinPrompt::ask(const std::optional<Error>& wrong) {
  if (wrong && fd_) return fail(*wrong);
  if (wrong) ui::complain(*wrong);
  for (int tries = 1;; ++tries) {
    HALLIGAN_TRY(Pin pin, io::ask_secret({.prompt = "PIN of the token: ", .fd = fd_}));
    auto possible = fido::check_possible_pin(pin.view());
    if (possible) return pin;
    if (fd_ || tries == kMostPinTries) return fail(std::move(possible).error());
    ui::complain(possible.error());
  }
}

void TouchNotice::touch_awaited(std::string_view token, std::chrono::seconds left) {
  catch_signals();
  fido::TouchNotice::touch_awaited(token, left);
}

void TouchNotice::touch_over() {
  fido::TouchNotice::touch_over();
  if (!waiting()) interruption_.reset();
}

void TouchNotice::choice_awaited(std::string_view tokens, std::chrono::seconds left) {
  catch_signals();
  fido::TouchNotice::choice_awaited(tokens, left);
}

void TouchNotice::choice_over() {
  fido::TouchNotice::choice_over();
  if (!waiting()) interruption_.reset();
}

bool TouchNotice::token_awaited(std::string_view missing, std::chrono::seconds left) {
  if (!fido::TouchNotice::token_awaited(missing, left)) return false;
  catch_signals();
  return true;
}

void TouchNotice::token_over() {
  fido::TouchNotice::token_over();
  if (!waiting()) interruption_.reset();
}

void TouchNotice::catch_signals() {
  if (!interruption_) interruption_.emplace();
}

}  // namespace halligan::ca
