#include "crypto/key_pair.hpp"

#include <string>

#include "crypto/openssl.hpp"
#include "crypto/verify.hpp"

namespace halligan::crypto {
namespace {

constexpr unsigned kMinRsaBits = 2048;
constexpr unsigned kMaxRsaBits = 16384;

Result<Pkey> generate(ssh::KeyType type, unsigned rsa_bits) {
  if (type == ssh::KeyType::kRsa && (rsa_bits < kMinRsaBits || rsa_bits > kMaxRsaBits)) {
    return fail(Code::kUsage, "RSA key of " + std::to_string(rsa_bits) + " bits, not 2048..16384");
  }
  Pkey pkey(type == ssh::KeyType::kRsa ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{rsa_bits})
            : type == ssh::KeyType::kEd25519
                ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", group_name(type).c_str()));
  if (!pkey) return openssl_failure(Code::kInternal, "making a key pair");
  return pkey;
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
  HALLIGAN_TRY(const Pkey pkey, generate(type, rsa_bits));
  return key_pair(pkey);
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

Result<ssh::Signature> SigningKey::sign(ByteView message, ssh::SignatureAlgorithm algorithm) const {
  return sign_with(loaded_->pkey, loaded_->type, algorithm, message);
}

}  // namespace halligan::crypto
