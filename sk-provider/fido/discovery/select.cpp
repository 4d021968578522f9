#include "fido/discovery/select.hpp"

#include <fido.h>
#include <algorithm>
#include <vector>

#include "base/log.hpp"
#include "fido/discovery/arrival.hpp"
#include "fido/discovery/holder_cache.hpp"
#include "fido/discovery/open_tokens.hpp"
#include "fido/discovery/token_paths.hpp"
#include "fido/failure.hpp"

namespace halligan::fido {
namespace {

using Clock = std::chrono::steady_clock;

// How long to look at one token while several are asked for a touch in turn.
constexpr int kLookMilliseconds = 50;

// How often to update the time, and look for Ctrl-C, while waiting for a token to be inserted.
constexpr std::chrono::milliseconds kGraceTick{100};

// How often to look although no folder has changed: a link's target may have got its permissions elsewhere.
constexpr std::chrono::seconds kLookAgain{1};

// Repeats `look()` while there is no token and somebody may insert one. A new node may need a moment until it
// can be opened, so any later failure is waited out, too.
template <typename Look>
auto with_grace(const Context& context, Look look) -> decltype(look()) {
  auto result = look();
  if (result || result.error().code != Code::kNotFound || context.presence == nullptr ||
      context.settings.grace.count() == 0) {
    return result;
  }
  const std::vector<std::string> paths =
      context.device ? std::vector<std::string>{*context.device} : context.settings.devices;
  const auto arrival = Arrival::watch(paths);
  if (!arrival) return result;
  // Inserting a card causes no event in a folder.
  const bool card =
      std::any_of(paths.begin(), paths.end(), [](const auto& path) { return reader_of(path).has_value(); });
  const auto deadline = Clock::now() + context.settings.grace;
  bool announced = false;
  result = look();  // what was inserted before the watch existed
  auto looked = Clock::now();
  while (!result && Clock::now() < deadline && !context.presence->cancelled()) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(deadline - Clock::now());
    announced = context.presence->token_awaited(result.error().message, left);
    if (!announced) return result;
    if (!arrival->wait(kGraceTick) && !card && Clock::now() - looked < kLookAgain) continue;
    result = look();
    looked = Clock::now();
  }
  if (announced) context.presence->token_over();
  return result;
}

std::vector<std::string> names_of(const std::vector<Device>& devices) {
  std::vector<std::string> names;
  for (const Device& device : devices) names.push_back(device.name());
  return names;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// All tokens blink until one is touched (CTAP 2.1, 6.9 authenticatorSelection, or libfido2's substitute).
Result<Device> touched(std::vector<Device> devices, const Context& context) {
  for (Device& device : devices) {
    if (const int status = fido_dev_get_touch_begin(device.get()); status != FIDO_OK) {
      return fail(device.failure(status, "choose a token"));
    }
  }
  std::vector<std::string> names = names_of(devices);
  const std::string all = listed(names);
  std::vector<Device*> left;  // that can still be touched
  for (Device& device : devices) left.push_back(&device);
  const auto deadline = Clock::now() + context.settings.timeout;
  Device* chosen = nullptr;
  // One that has gone, or answers with something else than a touch, would fail at once each time.
  const auto look_at = [&](Device* device) {
    int was_touched = 0;
    const int status = fido_dev_get_touch_status(device->get(), &was_touched, kLookMilliseconds);
    if (status == FIDO_OK && was_touched != 0) chosen = device;
    // libfido2 calls no answer at all a touch that has not come yet.
    const bool fails = status != FIDO_OK || device->transport().fault() == Transport::Fault::kGone;
    if (fails) debug(device->failure(status == FIDO_OK ? FIDO_ERR_RX : status, "choose a token").message);
    return !fails;
  };
  while (chosen == nullptr && !left.empty() && Clock::now() < deadline &&
         (context.presence == nullptr || !context.presence->cancelled())) {
    const auto time = std::chrono::ceil<std::chrono::seconds>(deadline - Clock::now());
    if (context.presence != nullptr) context.presence->choice_awaited(names, time);
    std::erase_if(left, [&](Device* device) { return chosen == nullptr && !look_at(device); });
    names.clear();
    for (const Device* device : left) names.push_back(device->name());
  }
  if (context.presence != nullptr) context.presence->choice_over();
  for (Device* device : left) {
    if (device != chosen) (void)fido_dev_cancel(device->get());
  }
  if (left.empty()) {
    return fail(Code::kUnreachable, "all tokens went away while one was to be chosen: " + all,
                "insert the one to use and try again");
  }
  if (chosen == nullptr) {
    return fail(Code::kNeedsPerson, "timed out waiting for a touch to choose a token: " + all,
                "touch the token to use, or name it in HALLIGAN_DEVICE");
  }
  return std::move(*chosen);
}

// Only tokens that could do it ask for a touch, and only if there is a choice. A PIN that all of them require
// is asked for first, or the person would touch twice.
Result<Device> choose(std::vector<Device> devices, const Context& context, const Fits& fits) {
  std::vector<Device> fitting;
  std::optional<Error> unfit;
  std::optional<Error> wants_pin;
  bool ready = false;
  for (Device& device : devices) {
    auto result = fits(device);
    if (!result && result.error().code != Code::kPinRequired) {
      debug(result.error().message);
      if (!unfit) unfit = std::move(result).error();
      continue;
    }
    ready = ready || result.has_value();
    if (!result && !wants_pin) wants_pin = std::move(result).error();
    fitting.push_back(std::move(device));
  }
  if (fitting.empty()) return fail(std::move(*unfit));
  if (!ready && fitting.size() > 1 && context.presence != nullptr)
    context.presence->pin_awaited(names_of(fitting));
  if (!ready) return fail(std::move(*wants_pin));
  if (fitting.size() == 1) return std::move(fitting.front());
  return touched(std::move(fitting), context);
}

void ask_first(std::vector<TokenPath>& tokens, const std::optional<std::string>& path) {
  if (!path) return;
  const auto cached =
      std::find_if(tokens.begin(), tokens.end(), [&](const TokenPath& token) { return token.path == *path; });
  if (cached != tokens.end()) std::rotate(tokens.begin(), cached, cached + 1);
}

}  // namespace

Result<Device> open_token(const Context& context, const Fits& fits) {
  HALLIGAN_TRY(auto opened, with_grace(context, [&]() -> Result<OpenedTokens> {
                 HALLIGAN_TRY(const auto tokens, find_tokens(context.settings, context.device));
                 return open_tokens(context, tokens, nullptr, false);
               }));
  if (opened.taken) return std::move(opened.devices[*opened.taken]);
  return choose(std::move(opened.devices), context, fits);
}

Result<Device> open_holder(const Context& context, ByteView key_handle, const Holds& holds, bool hidden,
                           const Fits& fits) {
  HALLIGAN_TRY(auto opened, with_grace(context, [&]() -> Result<OpenedTokens> {
                 HALLIGAN_TRY(auto tokens, find_tokens(context.settings, context.device));
                 if (tokens.size() > 1) ask_first(tokens, cached_holder(key_handle));
                 return open_tokens(context, tokens, holds, !hidden);
               }));
  if (opened.taken) {
    Device device = std::move(opened.devices[*opened.taken]);
    if (opened.holds) cache_holder(key_handle, device.path());
    return device;
  }
  if (hidden) return choose(std::move(opened.devices), context, fits);
  return fail(Code::kNotFound, "none of these tokens holds this key: " + listed(names_of(opened.devices)),
              kInsertHolder);
}

}  // namespace halligan::fido
