#include "softkey/crypto.hpp"
#include "softkey/openssl_must.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <stdexcept>
#include <string>

#include "base/handle.hpp"

namespace halligan::softkey {
namespace {

using CipherContext = Handle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

void aes_cbc(bool encrypt, ByteView key, ByteView iv, ByteView data, std::uint8_t* out) {
  const CipherContext context(EVP_CIPHER_CTX_new());
  int size = 0;
  must(context != nullptr && key.size() == 32 && iv.size() == 16 && data.size() % 16 == 0 &&
       EVP_CipherInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, key.data(), iv.data(), encrypt ? 1 : 0) ==
           1 &&
       EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
       EVP_CipherUpdate(context.get(), out, &size, data.data(), static_cast<int>(data.size())) == 1);
}

}  // namespace

Digest sha256(std::initializer_list<ByteView> parts) {
  const Handle<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  Digest digest{};
  must(context != nullptr && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1);
  for (const ByteView part : parts) must(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
  must(EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1);
  return digest;
}

Digest hmac_sha256(ByteView key, ByteView message) {
  Digest digest{};
  std::size_t size = 0;
  must(EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key.data(), key.size(), message.data(),
                 message.size(), digest.data(), digest.size(), &size) != nullptr &&
       size == digest.size());
  return digest;
}

Key32 hkdf_sha256(ByteView secret, ByteView salt, std::string_view info) {
  const Handle<EVP_KDF, EVP_KDF_free> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  const Handle<EVP_KDF_CTX, EVP_KDF_CTX_free> context(EVP_KDF_CTX_new(kdf.get()));
  char digest_name[] = "SHA256";
  // OpenSSL's parameters are not const, though it only reads these.
  const auto octets = [](const char* name, ByteView value) {
    return OSSL_PARAM_construct_octet_string(name, const_cast<std::uint8_t*>(value.data()), value.size());
  };
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest_name, 0),
                               octets(OSSL_KDF_PARAM_KEY, secret), octets(OSSL_KDF_PARAM_SALT, salt),
                               octets(OSSL_KDF_PARAM_INFO, as_bytes(info)), OSSL_PARAM_construct_end()};
  Key32 key;
  must(context != nullptr && key.resize(32) &&
       EVP_KDF_derive(context.get(), key.data(), key.size(), params) == 1);
  return key;
}

bool equal_secret(ByteView a, ByteView b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void aes_cbc_encrypt(ByteView key, ByteView iv, ByteView data, std::uint8_t* out) {
  aes_cbc(true, key, iv, data, out);
}
void aes_cbc_decrypt(ByteView key, ByteView iv, ByteView data, std::uint8_t* out) {
  aes_cbc(false, key, iv, data, out);
}

Bytes seal(ByteView key, ByteView nonce, ByteView associated, ByteView plain) {
  const CipherContext context(EVP_CIPHER_CTX_new());
  Bytes sealed(12 + plain.size() + 16);
  std::copy(nonce.begin(), nonce.end(), sealed.begin());
  int size = 0;
  must(context != nullptr && key.size() == 32 && nonce.size() == 12 &&
       EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce.data()) == 1 &&
       EVP_EncryptUpdate(context.get(), nullptr, &size, associated.data(),
                         static_cast<int>(associated.size())) == 1 &&
       EVP_EncryptUpdate(context.get(), sealed.data() + 12, &size, plain.data(),
                         static_cast<int>(plain.size())) == 1 &&
       EVP_EncryptFinal_ex(context.get(), sealed.data() + 12 + size, &size) == 1 &&
       EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, 16, sealed.data() + 12 + plain.size()) == 1);
  return sealed;
}

bool open_sealed(ByteView key, ByteView associated, ByteView sealed, std::uint8_t* out) {
  if (sealed.size() < 28) return false;
  const std::size_t plain = sealed.size() - 28;
  const CipherContext context(EVP_CIPHER_CTX_new());
  Bytes tag = to_bytes(sealed.last(16));
  int size = 0;
  must(context != nullptr && key.size() == 32 &&
       EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), sealed.data()) == 1 &&
       EVP_DecryptUpdate(context.get(), nullptr, &size, associated.data(),
                         static_cast<int>(associated.size())) == 1 &&
       EVP_DecryptUpdate(context.get(), out, &size, sealed.data() + 12, static_cast<int>(plain)) == 1 &&
       EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, 16, tag.data()) == 1);
  return EVP_DecryptFinal_ex(context.get(), out + size, &size) == 1;
}

}  // namespace halligan::softkey
