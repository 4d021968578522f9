// Which of the tokens is meant.
#pragma once

#include <functional>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "fido/device.hpp"
#include "fido/request.hpp"

namespace halligan::fido {

/// Could this token do it? kPinRequired: yes, with a PIN. Nothing is asked of it.
using Fits = std::function<Result<>(const Device&)>;
/// Does this token hold the credential?
using Holds = std::function<bool(const Device&)>;

/// The only token, opened; of several, the only one that fits, or the one that is touched. A token that
/// cannot be opened is passed over as long as another one can. Where none is there, Settings::grace is waited
/// for one, as long as the context's presence agrees. @errors as find_tokens() and Device::open(),
/// kNeedsPerson (none was touched), those of `fits` where none fits or all want a PIN
Result<Device> open_token(const Context& context, const Fits& fits);

/// The token that holds a credential, without a touch where the token lets us ask silently: a single token is
/// taken unasked, several are opened and asked one after the other, first the one that held it last time.
/// `hidden`: the credential may be one that only shows itself with user verification (credProtect level 3),
/// so that of several tokens none may own up; then the touched one is taken. @errors as open_token(),
/// kNotFound
Result<Device> open_holder(const Context& context, ByteView key_handle, const Holds& holds, bool hidden,
                           const Fits& fits);

/// The PIN to send along; null if none was given, or none is of use to the token: it is a U2F token. Lives as
/// long as the context's.
inline const char* pin_for(const Device& device, const Context& context) {
  return context.pin == nullptr || !device.is_ctap2() ? nullptr : context.pin->c_str();
}

}  // namespace halligan::fido
