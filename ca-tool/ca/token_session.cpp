#include "ca/token_session.hpp"

namespace halligan::ca {

Result<> TokenSession::ask_pin(const Error& why) {
  std::optional<Error> wrong;
  if (context_.pin != nullptr) wrong = why;
  context_.pin = nullptr;
  pin_.wipe();
  auto pin = pins_.ask(wrong);
  if (!pin) return fail(wrong ? *std::move(wrong) : std::move(pin).error());
  pin_ = *std::move(pin);
  context_.pin = &pin_;
  return {};
}

}  // namespace halligan::ca
