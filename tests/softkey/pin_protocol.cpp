#include "softkey/pin_protocol.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace halligan::softkey {
namespace {
constexpr std::size_t kBlock = 16;
constexpr std::array<std::uint8_t, kBlock> kZeroIv{};
}  // namespace

Outcome<SharedSecret> PinCipher::agree(const Key32& own, const Point& peer) const {
  SOFTKEY_TRY(const Key32 z, p256_ecdh(own, peer));
  SharedSecret secret;
  bool fits = true;
  if (version_ == 1) {
    fits = secret.append(sha256({z.view()}));
  } else {
    const Digest salt{};
    fits = secret.append(hkdf_sha256(z.view(), salt, "CTAP2 HMAC key").view()) &&
           secret.append(hkdf_sha256(z.view(), salt, "CTAP2 AES key").view());
  }
  if (!fits) std::abort();
  return secret;
}

Bytes PinCipher::encrypt(const SharedSecret& secret, ByteView plain, Env& env) const {
  if (version_ == 1) {
    Bytes cipher(plain.size());
    aes_cbc_encrypt(aes_key(secret), kZeroIv, plain, cipher.data());
    return cipher;
  }
  Bytes cipher(kBlock + plain.size());
  env.random({cipher.data(), kBlock});
  aes_cbc_encrypt(aes_key(secret), ByteView(cipher).first(kBlock), plain, cipher.data() + kBlock);
  return cipher;
}

Outcome<Decrypted> PinCipher::decrypt(const SharedSecret& secret, ByteView cipher) const {
  ByteView iv = kZeroIv;
  if (version_ == 2) {
    if (cipher.size() < kBlock) return refuse(Status::kInvalidParameter);
    iv = cipher.first(kBlock);
    cipher = cipher.subspan(kBlock);
  }
  Decrypted plain;
  if (cipher.size() % kBlock != 0 || !plain.resize(cipher.size())) return refuse(Status::kInvalidParameter);
  aes_cbc_decrypt(aes_key(secret), iv, cipher, plain.data());
  return plain;
}

Bytes PinCipher::authenticate(ByteView key, ByteView message) const {
  const Digest tag = hmac_sha256(key.first(std::min<std::size_t>(key.size(), 32)), message);
  return to_bytes(ByteView(tag).first(version_ == 1 ? 16 : 32));
}

bool PinCipher::verify(ByteView key, ByteView message, ByteView tag) const {
  return equal_secret(authenticate(key, message), tag);
}

void PinProtocol::reset_token(Env& env) {
  if (!token_.resize(32)) std::abort();
  env.random({token_.data(), token_.size()});
}

}  // namespace halligan::softkey
