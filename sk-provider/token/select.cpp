#include "token/select.hpp"

#include <fido.h>
#include <new>
#include <vector>

#include "base/log.hpp"
#include "token/sources.hpp"

namespace halligan::token {
namespace {

using Clock = std::chrono::steady_clock;
using Assert = HandleByAddress<fido_assert_t, fido_assert_free>;

// How long one look at one token may take while several are asked for a touch in turn.
constexpr int kLookMilliseconds = 50;

Result<std::vector<Device>> open_all(const Context& context) {
  HALLIGAN_TRY(const auto tokens, find_tokens(context.settings, context.device));
  std::vector<Device> devices;
  std::optional<Error> first_error;
  for (const TokenPath& token : tokens) {
    auto device = Device::open(token, context.settings, context.presence);
    if (device) {
      devices.push_back(std::move(*device));
    } else {
      debug(device.error().message);
      if (!first_error) first_error = std::move(device).error();
    }
  }
  if (devices.empty()) return fail(std::move(*first_error));
  return devices;
}

std::string names_of(const std::vector<Device>& devices) {
  std::string names;
  for (const Device& device : devices) names += (names.empty() ? "" : ", ") + device.name();
  return names;
}

// Blinks on all tokens until one is touched (CTAP 2.1, 6.9 authenticatorSelection, or what libfido2 has
// instead).
Result<Device> touched(std::vector<Device> devices, const Context& context) {
  for (Device& device : devices) {
    if (const int status = fido_dev_get_touch_begin(device.get()); status != FIDO_OK) {
      return fail(device.failure(status, "choose a token"));
    }
  }
  const std::string names = names_of(devices);
  const auto deadline = Clock::now() + context.settings.timeout;
  std::optional<std::size_t> chosen;
  while (!chosen && Clock::now() < deadline &&
         (context.presence == nullptr || !context.presence->cancelled())) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(deadline - Clock::now());
    if (context.presence != nullptr) context.presence->touch_awaited(names, left);
    for (std::size_t i = 0; i < devices.size() && !chosen; ++i) {
      int was_touched = 0;
      const int status = fido_dev_get_touch_status(devices[i].get(), &was_touched, kLookMilliseconds);
      if (status == FIDO_OK && was_touched != 0) chosen = i;
    }
  }
  if (context.presence != nullptr) context.presence->touch_over();
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (i != chosen) (void)fido_dev_cancel(devices[i].get());
  }
  if (!chosen) {
    return fail(Code::kNeedsPerson, "nobody chose a token by touching it: " + names,
                "touch the one that is meant, or name it in HALLIGAN_DEVICE");
  }
  return std::move(devices[*chosen]);
}

// CTAP 2.1, 6.2.2: an assertion with up=false is answered without a touch, NO_CREDENTIALS by a token without
// the key.
bool holds(const Device& device, const std::string& application, ByteView key_handle) {
  const Assert probe(fido_assert_new());
  if (probe == nullptr) throw std::bad_alloc();
  static constexpr std::uint8_t kNoMessage[1] = {0};
  return fido_assert_set_clientdata(probe.get(), kNoMessage, sizeof kNoMessage) == FIDO_OK &&
         fido_assert_set_rp(probe.get(), application.c_str()) == FIDO_OK &&
         fido_assert_allow_cred(probe.get(), key_handle.data(), key_handle.size()) == FIDO_OK &&
         fido_assert_set_up(probe.get(), FIDO_OPT_FALSE) == FIDO_OK &&
         fido_dev_get_assert(device.get(), probe.get(), nullptr) == FIDO_OK;
}

}  // namespace

Result<Device> open_token(const Context& context) {
  HALLIGAN_TRY(auto devices, open_all(context));
  if (devices.size() == 1) return std::move(devices.front());
  return touched(std::move(devices), context);
}

Result<Device> open_holder(const Context& context, const std::string& application, ByteView key_handle,
                           bool hidden) {
  HALLIGAN_TRY(auto devices, open_all(context));
  if (devices.size() == 1) return std::move(devices.front());
  for (Device& device : devices) {
    if (holds(device, application, key_handle)) return std::move(device);
  }
  if (hidden) return touched(std::move(devices), context);
  return fail(Code::kNotFound, "none of these tokens holds this key: " + names_of(devices),
              "put in the token that made the key");
}

}  // namespace halligan::token
