// Public keys as libfido2 has them, in the forms that SSH uses.
#pragma once

#include <fido.h>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "fido/request.hpp"

namespace halligan::fido {

int cose_algorithm(Algorithm algorithm);

/// Nothing for algorithms that SSH has no key type for.
std::optional<Algorithm> algorithm_of(std::int64_t cose);

/// 65 bytes 04‖X‖Y (SEC 1, 2.3.3), or 32 bytes of Ed25519.
constexpr std::size_t public_key_size(Algorithm algorithm) {
  return algorithm == Algorithm::kEcdsa ? 65 : 32;
}

/// @return public_key_size() bytes. @errors kUnreachable: the token sent something else
Result<Bytes> public_key_of(const fido_cred_t* cred, Algorithm algorithm);

/// "SHA256:..." as ssh-keygen -l shows it. @param key with an algorithm
std::string fingerprint(const ResidentKey& key);

/// A copy; empty for NULL.
Bytes blob(const unsigned char* data, std::size_t size);

}  // namespace halligan::fido
