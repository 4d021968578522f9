// The one token that an administrative request is for.
#pragma once

#include "base/result.hpp"
#include "fido/device.hpp"
#include "fido/request.hpp"

namespace halligan::token {

/// The only token there is, or the one that the context names, opened. What changes a token is never chosen
/// by a touch, which any token that happens to blink would get.
/// @errors kUsage (several) · as find_tokens() and Device::open()
Result<fido::Device> open_chosen(const fido::Context& context);

}  // namespace halligan::token
