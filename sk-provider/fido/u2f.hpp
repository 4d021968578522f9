// What U2F tokens (CTAP1) cannot do. libfido2 speaks the protocol.
// @source FIDO U2F Raw Message Formats 1.2
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "fido/device.hpp"
#include "fido/request.hpp"

namespace halligan::fido {

/// Checked without asking the token or the person.
/// @errors kUnsupported: anything but an ecdsa-sk key that requires a touch
Result<> check_u2f(const Device& device, const EnrollRequest& request);
/// @errors kUnsupported: no touch · kNotFound: no U2F token can hold such a key
Result<> check_u2f(const Device& device, const SignRequest& request);

}  // namespace halligan::fido
