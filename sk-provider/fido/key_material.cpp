#include "fido/key_material.hpp"

namespace halligan::fido {

int cose_algorithm(Algorithm algorithm) { return algorithm == Algorithm::kEcdsa ? COSE_ES256 : COSE_EDDSA; }

std::optional<Algorithm> algorithm_of(int cose) {
  if (cose == COSE_ES256) return Algorithm::kEcdsa;
  if (cose == COSE_EDDSA) return Algorithm::kEd25519;
  return std::nullopt;
}

Result<Bytes> public_key_of(const fido_cred_t* cred, Algorithm algorithm) {
  const ByteView raw{fido_cred_pubkey_ptr(cred), fido_cred_pubkey_len(cred)};
  const bool ecdsa = algorithm == Algorithm::kEcdsa;
  if (raw.size() != (ecdsa ? 64U : 32U)) {
    return fail(Code::kUnreachable,
                "the token sent a public key of " + std::to_string(raw.size()) + " bytes");
  }
  Bytes key;
  if (ecdsa) key.push_back(0x04);
  append(key, raw);
  return key;
}

Bytes blob(const unsigned char* data, std::size_t size) {
  return data == nullptr ? Bytes() : Bytes(data, data + size);
}

}  // namespace halligan::fido
