// The token requests of one command: asks for the PIN when a token first requires it, and only once.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "fido/request.hpp"

namespace halligan::ca {

/// Where PINs come from: the terminal, an askpass program or a descriptor.
class PinSource {
 public:
  PinSource() = default;
  PinSource(const PinSource&) = delete;
  PinSource& operator=(const PinSource&) = delete;
  virtual ~PinSource() = default;

  /// @param wrong the token's error for the previous PIN, if there was one
  /// @errors kNeedsPerson: nobody to ask (again)
  virtual Result<Pin> ask(const std::optional<Error>& wrong) = 0;
};

/// How many tries there are. After three wrong PINs in a row a token refuses more until it is replugged.
inline constexpr int kMostPinTries = 3;

class TokenSession {
 public:
  /// @param presence may be null. Both outlive the session.
  TokenSession(fido::Settings settings, std::optional<std::string> device, fido::Presence* presence,
               PinSource& pins)
      : pins_(pins) {
    context_.settings = std::move(settings);
    context_.device = std::move(device);
    context_.presence = presence;
  }
  TokenSession(const TokenSession&) = delete;
  TokenSession& operator=(const TokenSession&) = delete;

  /// Run `work(const fido::Context&)`, a Result; while it fails with kPinRequired, ask for the PIN and run it
  /// again. A correct PIN is kept for the next run and wiped with the session; a wrong one is never sent
  /// twice.
  template <typename Work>
  auto run(Work work) -> decltype(work(std::declval<const fido::Context&>())) {
    auto result = work(std::as_const(context_));
    for (int tries = 0; !result && result.error().code == Code::kPinRequired && tries < kMostPinTries;
         ++tries) {
      if (auto asked = ask_pin(result.error()); !asked) return fail(std::move(asked).error());
      result = work(std::as_const(context_));
    }
    return result;
  }

  /// Run it once, without asking for a PIN: for what must not be tried twice.
  template <typename Work>
  auto once(Work work) -> decltype(work(std::declval<const fido::Context&>())) {
    return work(std::as_const(context_));
  }

 private:
  Result<> ask_pin(const Error& why);

  PinSource& pins_;
  fido::Context context_;
  Pin pin_;
};

}  // namespace halligan::ca
