// Opens the token that an administrative request is for.
#pragma once

#include "base/result.hpp"
#include "fido/device.hpp"
#include "fido/request.hpp"

namespace halligan::token {

/// The only token there is, or the one that the context names, opened. A touch does not choose it: any token
/// that happens to blink might get it.
/// @errors kUsage (several) · as find_tokens() and Device::open()
Result<fido::Device> open_only_token(const fido::Context& context);

}  // namespace halligan::token
