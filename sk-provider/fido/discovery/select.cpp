#include "fido/discovery/select.hpp"

#include <fido.h>
#include <algorithm>
#include <vector>

#include "base/log.hpp"
#include "fido/discovery/arrival.hpp"
#include "fido/discovery/holder_cache.hpp"
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

struct Opened {
  std::vector<Device> devices;       // at least one
  std::optional<std::size_t> taken;  // the one to use, if that is known
};

// Opens the tokens in order until `is_meant(device)` is true. A token that cannot be opened is skipped as
// long as another one can, and the only one that can be opened is taken unasked.
template <typename IsMeant>
Result<Opened> open_until(const Context& context, const std::vector<TokenPath>& tokens, IsMeant is_meant) {
  Opened opened;
  std::optional<Error> first_error;
  for (std::size_t i = 0; i < tokens.size() && !opened.taken; ++i) {
    auto device = Device::open(tokens[i], context.settings, context.presence);
    if (!device) {
      debug(device.error().message);
      if (!first_error) first_error = std::move(device).error();
      continue;
    }
    opened.devices.push_back(std::move(*device));
    const bool only_one = opened.devices.size() == 1 && i + 1 == tokens.size();
    if (only_one || is_meant(opened.devices.back())) opened.taken = opened.devices.size() - 1;
  }
  if (opened.devices.empty()) return fail(std::move(*first_error));
  if (opened.devices.size() == 1) opened.taken = 0;
  return opened;
}

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
  const std::vector<std::string> names = names_of(devices);
  const auto deadline = Clock::now() + context.settings.timeout;
  std::optional<std::size_t> chosen;
  while (!chosen && Clock::now() < deadline &&
         (context.presence == nullptr || !context.presence->cancelled())) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(deadline - Clock::now());
    if (context.presence != nullptr) context.presence->choice_awaited(names, left);
    for (std::size_t i = 0; i < devices.size() && !chosen; ++i) {
      int was_touched = 0;
      const int status = fido_dev_get_touch_status(devices[i].get(), &was_touched, kLookMilliseconds);
      if (status == FIDO_OK && was_touched != 0) chosen = i;
    }
  }
  if (context.presence != nullptr) context.presence->choice_over();
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (i != chosen) (void)fido_dev_cancel(devices[i].get());
  }
  if (!chosen) {
    return fail(Code::kNeedsPerson, "timed out waiting for a touch to choose a token: " + listed(names),
                "touch the token to use, or name it in HALLIGAN_DEVICE");
  }
  return std::move(devices[*chosen]);
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
  HALLIGAN_TRY(auto opened, with_grace(context, [&]() -> Result<Opened> {
                 HALLIGAN_TRY(const auto tokens, find_tokens(context.settings, context.device));
                 return open_until(context, tokens, [](const Device&) { return false; });
               }));
  if (opened.taken) return std::move(opened.devices[*opened.taken]);
  return choose(std::move(opened.devices), context, fits);
}

Result<Device> open_holder(const Context& context, ByteView key_handle, const Holds& holds, bool hidden,
                           const Fits& fits) {
  bool found = false;
  HALLIGAN_TRY(auto opened, with_grace(context, [&]() -> Result<Opened> {
                 HALLIGAN_TRY(auto tokens, find_tokens(context.settings, context.device));
                 if (tokens.size() > 1) ask_first(tokens, cached_holder(key_handle));
                 return open_until(context, tokens,
                                   [&](const Device& device) { return found = holds(device); });
               }));
  if (opened.taken) {
    Device device = std::move(opened.devices[*opened.taken]);
    if (found) cache_holder(key_handle, device.path());
    return device;
  }
  if (hidden) return choose(std::move(opened.devices), context, fits);
  return fail(Code::kNotFound, "none of these tokens holds this key: " + listed(names_of(opened.devices)),
              kInsertHolder);
}

}  // namespace halligan::fido
