#include "crypto/key_pair.hpp"

#include <openssl/core_names.h>

#include <array>
#include <string>

#include "crypto/openssl.hpp"
#include "crypto/verify.hpp"

namespace halligan::crypto {
namespace {

constexpr unsigned kMinRsaBits = 2048;
constexpr unsigned kMaxRsaBits = 16384;

Failure generation_failed() { return openssl_failure(Code::kInternal, "making a key pair"); }

// A number of the key as the magnitude that files and blobs carry.
Result<> read_number(const Pkey& pkey, const char* name, ssh::SecretNumber& out) {
  BIGNUM* raw = BN_secure_new();
  const bool found = raw != nullptr && EVP_PKEY_get_bn_param(pkey.get(), name, &raw) == 1;
  const Number number(raw);
  if (!found || !out.resize(static_cast<std::size_t>(BN_num_bytes(raw)))) return generation_failed();
  BN_bn2bin(raw, out.data());
  return {};
}

Result<ssh::PrivateKey> generate_ed25519() {
  const Pkey pkey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  std::array<std::uint8_t, 32> point;
  std::size_t size = point.size();
  if (!pkey || EVP_PKEY_get_raw_public_key(pkey.get(), point.data(), &size) != 1) return generation_failed();
  HALLIGAN_TRY(ssh::PublicKey half, ssh::PublicKey::make(ssh::KeyType::kEd25519, point));
  ssh::PrivateKey key{.key = std::move(half)};
  size = point.size();
  if (!key.secret.resize(size) || EVP_PKEY_get_raw_private_key(pkey.get(), key.secret.data(), &size) != 1) {
    return generation_failed();
  }
  return key;
}

Result<ssh::PrivateKey> generate_ecdsa(ssh::KeyType type) {
  const Pkey pkey(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", group_name(type).c_str()));
  std::array<std::uint8_t, 133> point;
  std::size_t size = 0;
  if (!pkey || EVP_PKEY_get_octet_string_param(pkey.get(), OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point.data(),
                                               point.size(), &size) != 1) {
    return generation_failed();
  }
  HALLIGAN_TRY(ssh::PublicKey half, ssh::PublicKey::make(type, ByteView(point).first(size)));
  ssh::PrivateKey key{.key = std::move(half)};
  HALLIGAN_CHECK(read_number(pkey, OSSL_PKEY_PARAM_PRIV_KEY, key.secret));
  return key;
}

Result<ssh::PrivateKey> generate_rsa(unsigned bits) {
  if (bits < kMinRsaBits || bits > kMaxRsaBits) {
    return fail(Code::kUsage, "RSA key of " + std::to_string(bits) + " bits, not 2048..16384");
  }
  const Pkey pkey(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{bits}));
  if (!pkey) return generation_failed();
  ssh::SecretNumber modulus;
  ssh::SecretNumber exponent;
  HALLIGAN_CHECK(read_number(pkey, OSSL_PKEY_PARAM_RSA_N, modulus));
  HALLIGAN_CHECK(read_number(pkey, OSSL_PKEY_PARAM_RSA_E, exponent));
  HALLIGAN_TRY(ssh::PublicKey half, ssh::PublicKey::make_rsa(exponent.view(), modulus.view()));
  ssh::PrivateKey key{.key = std::move(half)};
  HALLIGAN_CHECK(read_number(pkey, OSSL_PKEY_PARAM_RSA_D, key.secret));
  HALLIGAN_CHECK(read_number(pkey, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, key.iqmp));
  HALLIGAN_CHECK(read_number(pkey, OSSL_PKEY_PARAM_RSA_FACTOR1, key.p));
  HALLIGAN_CHECK(read_number(pkey, OSSL_PKEY_PARAM_RSA_FACTOR2, key.q));
  return key;
}

Bytes to_magnitude(const BIGNUM* number) {
  Bytes out(static_cast<std::size_t>(BN_num_bytes(number)));
  BN_bn2bin(number, out.data());
  return out;
}

// OpenSSL's ECDSA signature is DER; ours is the two numbers.
Result<> split_der(ByteView der, ssh::Signature& out) {
  const unsigned char* cursor = der.data();
  const EcdsaSignature parsed(d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(der.size())));
  if (!parsed) return openssl_failure(Code::kInternal, "signing");
  out.r = to_magnitude(ECDSA_SIG_get0_r(parsed.get()));
  out.s = to_magnitude(ECDSA_SIG_get0_s(parsed.get()));
  return {};
}

// n = p q and iqmp q = 1 mod p: a signature alone does not show it, because OpenSSL falls back to d.
Result<> check_rsa_parts(const ssh::PrivateKey& key) {
  HALLIGAN_TRY(const Number n, secret_number(key.key.rsa_modulus()));
  HALLIGAN_TRY(const Number p, secret_number(key.p.view()));
  HALLIGAN_TRY(const Number q, secret_number(key.q.view()));
  HALLIGAN_TRY(const Number iqmp, secret_number(key.iqmp.view()));
  const NumberContext context(BN_CTX_secure_new());
  const Number product(BN_secure_new());
  const Number one(BN_secure_new());
  if (!context || !product || !one || BN_mul(product.get(), p.get(), q.get(), context.get()) != 1) {
    return openssl_failure(Code::kInternal, "checking the key pair");
  }
  const bool good = BN_cmp(product.get(), n.get()) == 0 &&
                    BN_mod_mul(one.get(), iqmp.get(), q.get(), p.get(), context.get()) == 1 &&
                    BN_is_one(one.get());
  if (!good) return openssl_failure(Code::kBadInput, "the primes do not match the RSA modulus");
  return {};
}

Result<ssh::Signature> sign_with(const Pkey& pkey, ssh::KeyType type, ssh::SignatureAlgorithm algorithm,
                                 ByteView message) {
  const DigestContext context(EVP_MD_CTX_new());
  std::size_t size = 0;
  if (!context ||
      EVP_DigestSignInit(context.get(), nullptr, digest_of(algorithm), nullptr, pkey.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()) != 1) {
    return openssl_failure(Code::kInternal, "signing");
  }
  Bytes raw(size);
  if (EVP_DigestSign(context.get(), raw.data(), &size, message.data(), message.size()) != 1) {
    return openssl_failure(Code::kBadInput, "signing");
  }
  raw.resize(size);
  ssh::Signature out{.algorithm = algorithm};
  if (ssh::is_ecdsa(type)) {
    HALLIGAN_CHECK(split_der(raw, out));
  } else {
    out.raw = std::move(raw);
  }
  return out;
}

}  // namespace

Result<ssh::PrivateKey> generate_key(ssh::KeyType type, unsigned rsa_bits) {
  if (ssh::is_sk(type)) return fail(Code::kUsage, "keys of security keys are made by the token");
  if (type == ssh::KeyType::kRsa) return generate_rsa(rsa_bits);
  if (type == ssh::KeyType::kEd25519) return generate_ed25519();
  return generate_ecdsa(type);
}

Result<> check_encoding(const ssh::PublicKey& key) {
  HALLIGAN_TRY(const Pkey pkey, load_public(key));
  if (!ssh::is_ecdsa(key.type())) return {};
  const PkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, pkey.get(), nullptr));
  if (!context || EVP_PKEY_public_check(context.get()) != 1) {
    return openssl_failure(Code::kBadInput, "not a valid key");
  }
  return {};
}

Result<> check_key_pair(const ssh::PrivateKey& key) {
  constexpr std::string_view kProbe = "halligan key pair check";
  if (key.key.type() == ssh::KeyType::kRsa) HALLIGAN_CHECK(check_rsa_parts(key));
  HALLIGAN_TRY(const ssh::Signature signature, sign(key, as_bytes(kProbe)));
  if (verify(key.key, as_bytes(kProbe), signature)) return {};
  return fail(Code::kBadInput, "the private key does not match its public key");
}

Result<ssh::Signature> sign(const ssh::PrivateKey& key, ByteView message) {
  return sign(key, message, ssh::default_algorithm(key.key.type()));
}

Result<ssh::Signature> sign(const ssh::PrivateKey& key, ByteView message, ssh::SignatureAlgorithm algorithm) {
  if (!ssh::fits(algorithm, key.key.type()) || !ssh::is_supported(algorithm)) {
    return fail(Code::kUsage, "no signature of " + std::string(ssh::name(algorithm)) + " with a key of " +
                                  std::string(key.key.name()));
  }
  HALLIGAN_TRY(const Pkey pkey, load_private(key));
  return sign_with(pkey, key.key.type(), algorithm, message);
}

struct SigningKey::Loaded {
  Pkey pkey;
  ssh::KeyType type;
};

Result<SigningKey> SigningKey::make(const ssh::PrivateKey& key) {
  HALLIGAN_TRY(Pkey pkey, load_private(key));
  return SigningKey(std::make_shared<const Loaded>(Loaded{std::move(pkey), key.key.type()}));
}

Result<ssh::Signature> SigningKey::sign(ByteView message) const {
  return sign_with(loaded_->pkey, loaded_->type, ssh::default_algorithm(loaded_->type), message);
}

}  // namespace halligan::crypto
