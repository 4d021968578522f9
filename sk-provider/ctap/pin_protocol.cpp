#include "ctap/pin_protocol.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <new>
#include <system_error>

#include "base/handle.hpp"
#include "ctap/digest.hpp"

namespace halligan::ctap {
namespace {

using Key = Handle<EVP_PKEY, EVP_PKEY_free>;
using KeyContext = Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using Encoded = std::array<std::uint8_t, 65>;

constexpr std::size_t kBlock = 16;
constexpr std::array<std::uint8_t, kBlock> kNoIv{};
constexpr std::size_t kPinHash = 16;

// With valid arguments, libcrypto fails only if memory, random bytes or a provider is missing: no bug of
// ours.
void must(bool worked) {
  if (worked) return;
  bool memory = false;
  bool random = false;
  while (const unsigned long error = ERR_get_error()) {
    memory = memory || ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE;
    random = random || ERR_GET_LIB(error) == ERR_LIB_RAND;
  }
  if (memory) throw std::bad_alloc();
  throw std::system_error(std::make_error_code(std::errc::not_supported),
                          random ? "no random bytes from the system" : "libcrypto");
}

Encoded encode(const Point& point) {
  Encoded bytes{};
  bytes[0] = 0x04;
  std::copy(point.x.begin(), point.x.end(), bytes.begin() + 1);
  std::copy(point.y.begin(), point.y.end(), bytes.begin() + 33);
  return bytes;
}

// Null unless it is a point on the curve of `own`, which OpenSSL checks.
Key peer_key(const Point& point, const EVP_PKEY* own) {
  const Encoded encoded = encode(point);
  Key key(EVP_PKEY_new());
  must(key != nullptr && EVP_PKEY_copy_parameters(key.get(), own) == 1);
  return EVP_PKEY_set1_encoded_public_key(key.get(), encoded.data(), encoded.size()) == 1 ? std::move(key)
                                                                                          : nullptr;
}

Point public_point(EVP_PKEY* key) {
  Encoded encoded{};
  std::size_t size = 0;
  must(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, encoded.data(), encoded.size(), &size) ==
           1 &&
       size == encoded.size() && encoded[0] == 0x04);
  Point point;
  std::copy_n(encoded.begin() + 1, 32, point.x.begin());
  std::copy_n(encoded.begin() + 33, 32, point.y.begin());
  return point;
}

Secret<32> shared_x(EVP_PKEY* own, EVP_PKEY* peer) {
  Secret<32> x;
  std::size_t size = 32;
  const KeyContext context(EVP_PKEY_CTX_new(own, nullptr));
  must(x.resize(size) && context != nullptr && EVP_PKEY_derive_init(context.get()) == 1 &&
       EVP_PKEY_derive_set_peer(context.get(), peer) == 1 &&
       EVP_PKEY_derive(context.get(), x.data(), &size) == 1 && size == 32);
  return x;
}

// 32 bytes to `out`.
void derive(ByteView secret, std::string_view purpose, std::uint8_t* out) {
  const Handle<EVP_KDF, EVP_KDF_free> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  const Handle<EVP_KDF_CTX, EVP_KDF_CTX_free> context(EVP_KDF_CTX_new(kdf.get()));
  std::array<std::uint8_t, 32> salt{};
  char hash[] = "SHA256";
  const auto octets = [](const char* name, ByteView bytes) {
    return OSSL_PARAM_construct_octet_string(name, const_cast<std::uint8_t*>(bytes.data()), bytes.size());
  };
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash, 0),
                               octets(OSSL_KDF_PARAM_KEY, secret), octets(OSSL_KDF_PARAM_SALT, salt),
                               octets(OSSL_KDF_PARAM_INFO, as_bytes(purpose)), OSSL_PARAM_construct_end()};
  must(context != nullptr && EVP_KDF_derive(context.get(), out, 32, params) == 1);
}

void cbc(bool encrypt, ByteView key, ByteView iv, ByteView data, std::uint8_t* out) {
  const Handle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free> context(EVP_CIPHER_CTX_new());
  int size = 0;
  must(context != nullptr &&
       EVP_CipherInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, key.data(), iv.data(), encrypt ? 1 : 0) ==
           1 &&
       EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
       EVP_CipherUpdate(context.get(), out, &size, data.data(), static_cast<int>(data.size())) == 1 &&
       static_cast<std::size_t>(size) == data.size());
}

}  // namespace

std::optional<PinProtocol> PinProtocol::agree(int version, const Point& token_key) {
  const Key own(EVP_EC_gen("P-256"));
  must(own != nullptr);
  const Key peer = peer_key(token_key, own.get());
  if (peer == nullptr) return std::nullopt;
  PinProtocol protocol(version);
  protocol.own_ = public_point(own.get());
  const Secret<32> x = shared_x(own.get(), peer.get());
  must(protocol.secret_.resize(version == 1 ? 32 : 64));
  if (version == 1) {
    sha256(x.view(), protocol.secret_.data());
  } else {
    derive(x.view(), "CTAP2 HMAC key", protocol.secret_.data());
    derive(x.view(), "CTAP2 AES key", protocol.secret_.data() + 32);
  }
  return protocol;
}

Bytes PinProtocol::encrypt(ByteView blocks) const {
  if (version_ == 1) {
    Bytes out(blocks.size());
    cbc(true, secret_.view(), kNoIv, blocks, out.data());
    return out;
  }
  Bytes out(kBlock + blocks.size());
  must(RAND_bytes(out.data(), kBlock) == 1);
  cbc(true, secret_.view().subspan(32), ByteView(out).first(kBlock), blocks, out.data() + kBlock);
  return out;
}

Bytes PinProtocol::encrypt_pin_hash(ByteView pin) const {
  Secret<32> hash;
  must(hash.resize(32));
  sha256(pin, hash.data());
  return encrypt(hash.view().first(kPinHash));
}

std::optional<PinUvAuthToken> PinProtocol::decrypt_token(ByteView encrypted) const {
  ByteView iv = kNoIv;
  if (version_ == 2) {
    if (encrypted.size() < kBlock) return std::nullopt;
    iv = encrypted.first(kBlock);
    encrypted = encrypted.subspan(kBlock);
  }
  // Protocol one has tokens of 16 or 32 bytes, two of 32 (CTAP 2.1, 6.5.5.7).
  if (encrypted.size() != 32 && (version_ == 2 || encrypted.size() != 16)) return std::nullopt;
  Secret<32> key;
  must(key.resize(encrypted.size()));
  cbc(false, secret_.view().subspan(version_ == 1 ? 0 : 32), iv, encrypted, key.data());
  return PinUvAuthToken(version_, std::move(key));
}

Bytes PinUvAuthToken::authenticate(ByteView message) const {
  Bytes tag(32);
  std::size_t size = 0;
  must(EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key_.data(), key_.size(), message.data(),
                 message.size(), tag.data(), tag.size(), &size) != nullptr &&
       size == tag.size());
  tag.resize(version_ == 1 ? 16 : 32);
  return tag;
}

}  // namespace halligan::ctap
