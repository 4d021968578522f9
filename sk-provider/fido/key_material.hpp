// Public keys as libfido2 has them, in the forms that SSH uses.
#pragma once

#include <fido.h>
#include <optional>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "fido/request.hpp"

namespace halligan::fido {

int cose_algorithm(Algorithm algorithm);

/// Nothing for algorithms that SSH has no key type for.
std::optional<Algorithm> algorithm_of(int cose);

/// 65 bytes 04‖X‖Y (SEC 1, 2.3.3) or 32 bytes of Ed25519. @errors kUnreachable: the token sent something else
Result<Bytes> public_key_of(const fido_cred_t* cred, Algorithm algorithm);

/// A copy; empty for NULL.
Bytes blob(const unsigned char* data, std::size_t size);

}  // namespace halligan::fido
