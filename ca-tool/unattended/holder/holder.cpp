#include "unattended/holder/holder.hpp"

#include <algorithm>
#include <chrono>

#include "base/codec.hpp"
#include "fido/request.hpp"
#include "pin_holder/client.hpp"
#include "token/admin/admin.hpp"
#include "unattended/user_agent.hpp"

namespace halligan::unattended {
namespace {

constexpr std::chrono::seconds kTriesLook{2};

bool is_key(const ssh::SkHandle& held, const pin_holder::SignCall& call) {
  const auto type =
      call.algorithm == fido::Algorithm::kEd25519 ? ssh::KeyType::kSkEd25519 : ssh::KeyType::kSkEcdsa;
  return held.key.type() == type && held.key.application() == call.application &&
         held.key_handle == call.key_handle && call.application.starts_with(kSshPrefix);
}

}  // namespace

pin_holder::StatusAnswer Holder::status() const {
  pin_holder::StatusAnswer answer{terms_.until, terms_.token, {}};
  for (const ssh::SkHandle& each : terms_.keys) answer.keys.emplace_back(as_text(each.key.blob()));
  return answer;
}

void Holder::lock(const pin_holder::LockCall& call) {
  std::erase_if(terms_.keys, [&](const ssh::SkHandle& each) { return is_meant(each.key, call.names); });
  if (terms_.keys.empty()) end("halligan lock");
}

// Another program may have changed the PIN, or may be trying PINs.
Result<> Holder::check_tries(const fido::Context& context) {
  fido::Context quick = context;
  quick.settings.timeout = kTriesLook;
  quick.pin = nullptr;
  HALLIGAN_TRY(const auto info, token::read_info(quick));
  if (!info.pin_tries || !terms_.pin_tries || *info.pin_tries < *terms_.pin_tries)
    end("the token has fewer PIN tries left than when it was unlocked");
  return {};
}

pin_holder::Answer Holder::sign(const pin_holder::SignCall& call, fido::Presence& presence) {
  using pin_holder::RefusedAnswer;
  const bool known = std::ranges::any_of(terms_.keys, [&](const auto& each) { return is_key(each, call); });
  if (!known) return RefusedAnswer{true, "not one of the keys that were unlocked"};
  if (!node_.is_there()) end("the token was removed");
  fido::Context context;
  context.settings = terms_.settings;
  context.settings.grace = std::chrono::seconds(0);
  if (!call.touch) context.settings.timeout = std::min(context.settings.timeout, pin_holder::kSilentSigning);
  context.device = node_.path();
  context.presence = &presence;
  if (doubtful_ && !over_) {
    if (const auto looked = check_tries(context); !looked)
      return RefusedAnswer{false, looked.error().message};
    doubtful_ = false;
  }
  if (over_ || pin_.get() == nullptr) return RefusedAnswer{false, "it is over: " + over_.value_or("")};
  context.pin = pin_.get();
  fido::SignRequest request;
  request.algorithm = call.algorithm;
  request.message = call.hash;
  request.message_is_hash = true;
  request.application = call.application;
  request.key_handle = call.key_handle;
  request.touch = call.touch;
  request.verify = true;
  auto made = fido::sign(context, request).assertion;
  if (made)
    return pin_holder::SignedAnswer{made->flags, made->counter, made->token, made->signature,
                                    made->signature_s};
  doubtful_ = true;
  if (made.error().code == Code::kPinRequired) end(made.error().message);
  return RefusedAnswer{false, made.error().message};
}

}  // namespace halligan::unattended
