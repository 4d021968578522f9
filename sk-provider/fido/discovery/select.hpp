// Chooses between tokens.
#pragma once

#include <functional>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "fido/device.hpp"
#include "fido/discovery/open_tokens.hpp"
#include "fido/request.hpp"

namespace halligan::fido {

/// Could this token do it? kPinRequired: yes, with a PIN. Does not talk to it.
using Fits = std::function<Result<>(const Device&)>;

/// The only token, opened; of several, the only one that fits, or the one that is touched. A token that
/// cannot be opened is skipped as long as another one can. If there is none, waits Settings::grace for one,
/// as long as the context's presence agrees. @errors as find_tokens() and Device::open(), kNeedsPerson (no
/// touch), those of `fits` if none fits or all require a PIN
Result<Device> open_token(const Context& context, const Fits& fits);

/// The token that holds a credential, found without a touch if the tokens can be asked silently: a single
/// token is taken unasked, several are asked in turn, beginning with the one that held it last time.
/// @param hidden the credential may require user verification to be found (credProtect level 3), so that no
/// token reports it; then the touched token is taken
/// @errors as open_token(), kNotFound
Result<Device> open_holder(const Context& context, ByteView key_handle, const Holds& holds, bool hidden,
                           const Fits& fits);

/// The PIN to send; null if none was given or the token is a U2F token. Lives as long as the context's.
inline const char* pin_for(const Device& device, const Context& context) {
  return context.pin == nullptr || !device.is_ctap2() ? nullptr : context.pin->c_str();
}

}  // namespace halligan::fido
