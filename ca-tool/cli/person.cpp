#include "cli/person.hpp"

#include "cli/output.hpp"
#include "io/secret_input.hpp"

namespace halligan::cli {

int interrupted_by() { return token::Interruption::caught(); }

Result<Pin> PersonsPin::ask(const std::optional<Error>& wrong) {
  if (wrong && fd_) return fail(*wrong);
  if (wrong) complain(*wrong);
  return io::ask_secret({.prompt = "PIN of the token: ", .fd = fd_});
}

void TouchNotice::touch_awaited(std::string_view token, std::chrono::seconds left) {
  catch_signals();
  Notice::touch_awaited(token, left);
}

void TouchNotice::touch_over() {
  Notice::touch_over();
  if (!waiting()) interruption_.reset();
}

void TouchNotice::choice_awaited(std::string_view tokens, std::chrono::seconds left) {
  catch_signals();
  Notice::choice_awaited(tokens, left);
}

void TouchNotice::choice_over() {
  Notice::choice_over();
  if (!waiting()) interruption_.reset();
}

bool TouchNotice::token_awaited(std::string_view missing, std::chrono::seconds left) {
  if (!Notice::token_awaited(missing, left)) return false;
  catch_signals();
  return true;
}

void TouchNotice::token_over() {
  Notice::token_over();
  if (!waiting()) interruption_.reset();
}

void TouchNotice::catch_signals() {
  if (!interruption_) interruption_.emplace();
}

}  // namespace halligan::cli
