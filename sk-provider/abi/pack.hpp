// Results in memory from malloc(3), all or nothing: OpenSSH frees them with free(3) after it has closed this
// library.
#pragma once

#include <vector>

#include "abi/sk_api.h"
#include "fido/request.hpp"

namespace halligan::abi {

/// What this version of the interface has no field for is omitted: see sk_api.h.
/// Each sets *out to a complete response, or throws std::bad_alloc with nothing allocated and *out untouched.
void pack(const fido::Enrolled& key, std::uint8_t flags, sk_enroll_response** out);
void pack(const fido::Assertion& assertion, sk_sign_response** out);
void pack(const std::vector<fido::ResidentKey>& keys, sk_resident_key*** out, std::size_t* count);

}  // namespace halligan::abi
