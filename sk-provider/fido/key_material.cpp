#include "fido/key_material.hpp"

#include "base/codec.hpp"
#include "ctap/digest.hpp"

namespace halligan::fido {
namespace {

// RFC 4251, 5: a length of four bytes, big-endian, then the content.
void add_string(Bytes& out, ByteView content) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(content.size() >> shift));
  append(out, content);
}

}  // namespace

int cose_algorithm(Algorithm algorithm) { return algorithm == Algorithm::kEcdsa ? COSE_ES256 : COSE_EDDSA; }

std::optional<Algorithm> algorithm_of(std::int64_t cose) {
  if (cose == COSE_ES256) return Algorithm::kEcdsa;
  if (cose == COSE_EDDSA) return Algorithm::kEd25519;
  return std::nullopt;
}

Result<Bytes> public_key_of(const fido_cred_t* cred, Algorithm algorithm) {
  Bytes key = blob(fido_cred_pubkey_ptr(cred), fido_cred_pubkey_len(cred));
  if (algorithm == Algorithm::kEcdsa) key.insert(key.begin(), 0x04);
  if (key.size() == public_key_size(algorithm)) return key;
  return fail(Code::kUnreachable, "the token returned a public key of the wrong size");
}

std::string fingerprint(const ResidentKey& key) {
  Bytes encoded;
  if (key.algorithm == Algorithm::kEcdsa) {
    add_string(encoded, as_bytes("sk-ecdsa-sha2-nistp256@openssh.com"));
    add_string(encoded, as_bytes("nistp256"));
  } else {
    add_string(encoded, as_bytes("sk-ssh-ed25519@openssh.com"));
  }
  add_string(encoded, key.public_key);
  add_string(encoded, as_bytes(key.application));
  std::string text = "SHA256:" + base64(ctap::sha256(encoded));
  while (text.back() == '=') text.pop_back();
  return text;
}

Bytes blob(const unsigned char* data, std::size_t size) {
  return data == nullptr ? Bytes() : Bytes(data, data + size);
}

}  // namespace halligan::fido
