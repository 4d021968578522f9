// A signature's blob, verified with a key of its kind.
#include "check.hpp"
#include "crypto/verify.hpp"
#include "ssh/signature.hpp"

using namespace halligan;

namespace {

ssh::PublicKey some_key(ssh::SignatureAlgorithm algorithm) {
  using ssh::KeyType;
  for (const KeyType type : {KeyType::kEd25519, KeyType::kEcdsa256, KeyType::kEcdsa384, KeyType::kEcdsa521,
                             KeyType::kSkEcdsa, KeyType::kSkEd25519}) {
    if (!ssh::fits(algorithm, type)) continue;
    Bytes point(ssh::info(type).point_size, 0x11);
    point[0] = 4;
    return ssh::PublicKey::make(type, point, ssh::is_sk(type) ? "ssh:" : "").value();
  }
  return ssh::PublicKey::make_rsa(Bytes{1, 0, 1}, Bytes(256, 0xF1)).value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView blob(data, size);
  const auto signature = ssh::parse_signature(blob);
  if (!signature) return 0;
  demand(same(ssh::encode(*signature), blob));
  demand(!crypto::verify(some_key(signature->algorithm), as_bytes("message"), *signature));
  return 0;
}
