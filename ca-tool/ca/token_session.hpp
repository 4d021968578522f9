// One command's dealings with tokens: asks for the PIN when a token first wants it, and once only.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "fido/request.hpp"

namespace halligan::ca {

/// Where PINs come from; the terminal, an askpass program or a descriptor.
class PinSource {
 public:
  PinSource() = default;
  PinSource(const PinSource&) = delete;
  PinSource& operator=(const PinSource&) = delete;
  virtual ~PinSource() = default;

  /// @param wrong what the token said of the PIN given before, if one was
  /// @errors kNeedsPerson: there is nobody to ask (again)
  virtual Result<Pin> ask(const std::optional<Error>& wrong) = 0;
};

/// How often a person may mistype. Tokens block themselves after three wrong PINs in a row, until they are
/// replugged.
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

  /// Run `work(const fido::Context&)`, a Result; while its answer is kPinRequired, ask and run it again. The
  /// PIN that worked stays for the next run, and is wiped with the session; a wrong one is never given twice.
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

  /// Run it once and ask nobody: for what must not be tried a second time.
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
