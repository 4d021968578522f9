// A security key made of paper: an sk-api provider that keeps the private key in the key handle. It exists so
// that make.sh can have the real ssh-keygen make sk keys and certificates; it protects nothing and is no part
// of the build. The ABI is that of facts about OpenSSH 9.1 and later (version 0x000a0000).
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

using Bytes = std::vector<std::uint8_t>;

struct EnrollResponse {
  std::uint8_t flags;
  std::uint8_t* public_key;
  std::size_t public_key_len;
  std::uint8_t* key_handle;
  std::size_t key_handle_len;
  std::uint8_t* signature;
  std::size_t signature_len;
  std::uint8_t* attestation_cert;
  std::size_t attestation_cert_len;
  std::uint8_t* authdata;
  std::size_t authdata_len;
};
struct SignResponse {
  std::uint8_t flags;
  std::uint32_t counter;
  std::uint8_t* sig_r;
  std::size_t sig_r_len;
  std::uint8_t* sig_s;
  std::size_t sig_s_len;
};

namespace {

constexpr std::uint32_t kEd25519 = 1;
constexpr std::uint32_t kCounter = 0x01020304;

std::uint8_t* copy(const Bytes& data, std::size_t* size) {
  auto* out = static_cast<std::uint8_t*>(std::malloc(data.size() + 1));
  std::memcpy(out, data.data(), data.size());
  *size = data.size();
  return out;
}

Bytes public_part(EVP_PKEY* key, bool ed25519) {
  Bytes out(ed25519 ? 32 : 65);
  std::size_t size = out.size();
  if (ed25519) {
    EVP_PKEY_get_raw_public_key(key, out.data(), &size);
  } else {
    EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, out.data(), out.size(), &size);
  }
  return out;
}

Bytes fixed(const BIGNUM* number) {
  Bytes out(32);
  BN_bn2binpad(number, out.data(), 32);
  return out;
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

std::uint32_t sk_api_version() { return 0x000a0000; }

int sk_enroll(std::uint32_t alg, const std::uint8_t*, std::size_t, const char*, std::uint8_t flags,
              const char*, void**, EnrollResponse** out) {
  EVP_PKEY* key = alg == kEd25519 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                  : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
  unsigned char* der = nullptr;
  const int size = i2d_PrivateKey(key, &der);
  auto* response = static_cast<EnrollResponse*>(std::calloc(1, sizeof(EnrollResponse)));
  response->flags = flags;
  response->public_key = copy(public_part(key, alg == kEd25519), &response->public_key_len);
  response->key_handle = copy(Bytes(der, der + size), &response->key_handle_len);
  response->signature = copy({0}, &response->signature_len);
  *out = response;
  return 0;
}

int sk_sign(std::uint32_t alg, const std::uint8_t* data, std::size_t size, const char* application,
            const std::uint8_t* handle, std::size_t handle_size, std::uint8_t flags, const char*, void**,
            SignResponse** out) {
  EVP_PKEY* key = d2i_AutoPrivateKey(nullptr, &handle, static_cast<long>(handle_size));
  if (key == nullptr) return -4;
  Bytes preimage(69);
  SHA256(reinterpret_cast<const unsigned char*>(application), std::strlen(application), preimage.data());
  preimage[32] = flags & 0x05;
  for (int i = 0; i < 4; ++i)
    preimage[33 + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(kCounter >> (24 - 8 * i));
  SHA256(data, size, preimage.data() + 37);
  Bytes raw(128);
  std::size_t raw_size = raw.size();
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestSignInit(context, nullptr, alg == kEd25519 ? nullptr : EVP_sha256(), nullptr, key);
  EVP_DigestSign(context, raw.data(), &raw_size, preimage.data(), preimage.size());
  raw.resize(raw_size);
  auto* response = static_cast<SignResponse*>(std::calloc(1, sizeof(SignResponse)));
  response->flags = preimage[32];
  response->counter = kCounter;
  if (alg == kEd25519) {
    response->sig_r = copy(raw, &response->sig_r_len);
  } else {
    const unsigned char* cursor = raw.data();
    ECDSA_SIG* both = d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(raw.size()));
    response->sig_r = copy(fixed(ECDSA_SIG_get0_r(both)), &response->sig_r_len);
    response->sig_s = copy(fixed(ECDSA_SIG_get0_s(both)), &response->sig_s_len);
  }
  *out = response;
  return 0;
}

int sk_load_resident_keys(const char*, void**, void*** out, std::size_t* count) {
  *out = nullptr;
  *count = 0;
  return 0;
}

}  // extern "C"
#pragma GCC visibility pop
