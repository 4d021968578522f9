#include "crypto/key_pair.hpp"

#include <string>

#include "crypto/digest.hpp"
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

using Group = Handle<EC_GROUP, EC_GROUP_free>;
using Point = Handle<EC_POINT, EC_POINT_free>;

}  // namespace

// A signature (r, s) of a hash e was made with the nonce k = (e + r d) / s, and r is the coordinate x of k G.
// Whoever has d finds k again: with one multiple of the base point, for which OpenSSL has a table, where
// verifying takes one of the public key too. k is as secret as d.
struct PrivateCheck {
  Group group;
  Number d;

  static Result<PrivateCheck> make(const ssh::PrivateKey& key) {
    HALLIGAN_TRY(Number d, secret_number(key.secret.view()));
    Group group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
    if (!group) return openssl_failure(Code::kInternal, "EC key");
    return PrivateCheck{std::move(group), std::move(d)};
  }

  Result<bool> good(const Sha256& hash, const ssh::Signature& signature) const {
    const NumberContext context(BN_CTX_secure_new());
    const Number e(BN_bin2bn(hash.data(), static_cast<int>(hash.size()), nullptr));
    const Number r(BN_bin2bn(signature.r.data(), static_cast<int>(signature.r.size()), nullptr));
    const Number s(BN_bin2bn(signature.s.data(), static_cast<int>(signature.s.size()), nullptr));
    const Number x(BN_new());
    const Number k(BN_secure_new());
    const Point point(EC_POINT_new(group.get()));
    if (!context || !e || !r || !s || !x || !k || !point)
      return openssl_failure(Code::kInternal, "verifying");
    const BIGNUM* const order = EC_GROUP_get0_order(group.get());
    if (BN_is_zero(r.get()) || BN_is_zero(s.get()) || BN_cmp(r.get(), order) >= 0 ||
        BN_cmp(s.get(), order) >= 0) {
      return false;
    }
    BN_set_flags(k.get(), BN_FLG_CONSTTIME);
    const bool computed =
        BN_mod_mul(k.get(), r.get(), d.get(), order, context.get()) == 1 &&
        BN_mod_add(k.get(), k.get(), e.get(), order, context.get()) == 1 &&
        BN_mod_inverse(s.get(), s.get(), order, context.get()) != nullptr &&
        BN_mod_mul(k.get(), k.get(), s.get(), order, context.get()) == 1 &&
        EC_POINT_mul(group.get(), point.get(), k.get(), nullptr, nullptr, context.get()) == 1;
    if (!computed) return openssl_failure(Code::kInternal, "verifying");
    if (EC_POINT_is_at_infinity(group.get(), point.get()) == 1) return false;  // k is 0
    if (EC_POINT_get_affine_coordinates(group.get(), point.get(), x.get(), nullptr, context.get()) != 1 ||
        BN_nnmod(x.get(), x.get(), order, context.get()) != 1) {
      return openssl_failure(Code::kInternal, "verifying");
    }
    return BN_cmp(x.get(), r.get()) == 0;
  }
};

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
  std::optional<PrivateCheck> check;
};

Result<SigningKey> SigningKey::make(const ssh::PrivateKey& key) {
  HALLIGAN_TRY(Pkey pkey, load_private(key));
  HALLIGAN_CHECK(check_key_pair(key));
  Loaded loaded{std::move(pkey), key.key.type(), std::nullopt};
  if (loaded.type == ssh::KeyType::kEcdsa256) {
    HALLIGAN_TRY(loaded.check, PrivateCheck::make(key));
  }
  return SigningKey(std::make_shared<const Loaded>(std::move(loaded)));
}

Result<ssh::Signature> SigningKey::sign(ByteView message, ssh::SignatureAlgorithm algorithm) const {
  return sign_with(loaded_->pkey, loaded_->type, algorithm, message);
}

std::optional<Result<>> SigningKey::verify_own(ByteView message, const ssh::Signature& signature) const {
  if (!loaded_->check || signature.algorithm != ssh::SignatureAlgorithm::kEcdsa256) return std::nullopt;
  auto good = loaded_->check->good(sha256(message), signature);
  if (!good) return fail(std::move(good).error());
  return *good ? Result<>{} : fail(Code::kNo, "the signature does not verify");
}

}  // namespace halligan::crypto
