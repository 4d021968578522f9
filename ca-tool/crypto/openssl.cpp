#include "crypto/openssl.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <new>

namespace halligan::crypto {
namespace {

using ParamBuilder = Handle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Params = Handle<OSSL_PARAM, OSSL_PARAM_free>;

Result<Pkey> from_params(const char* kind, int selection, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  // OpenSSL has these kinds of keys, so there is no memory if it cannot begin: the key is not to blame.
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1) throw std::bad_alloc();
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata(context.get(), &key, selection, params.get()) != 1)
    return openssl_failure(Code::kBadInput, "not a valid key");
  return Pkey(key);
}

bool push(OSSL_PARAM_BLD* builder, const char* name, const Number& number) {
  return number && OSSL_PARAM_BLD_push_BN(builder, name, number.get()) == 1;
}

Result<Number> public_number(ByteView magnitude) {
  Number number(BN_bin2bn(magnitude.data(), static_cast<int>(magnitude.size()), nullptr));
  if (!number) return openssl_failure(Code::kInternal, "number");
  return number;
}

Result<Pkey> checked(EVP_PKEY* key) {
  if (key == nullptr) return openssl_failure(Code::kBadInput, "not a valid key");
  return Pkey(key);
}

Result<Pkey> load_ec(const ssh::PublicKey& key, const Number& scalar) {
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  // The builder copies nothing before its last step.
  const ByteView point = key.point();
  const std::string group = group_name(key.type());
  bool good =
      builder &&
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, group.c_str(), 0) == 1 &&
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) ==
          1;
  if (good && scalar) good = push(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar);
  if (!good) return openssl_failure(Code::kInternal, "EC key");
  return from_params("EC", scalar ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, builder.get());
}

// d mod (prime - 1), which the file format leaves out.
Result<Number> reduced_exponent(const Number& d, const Number& prime, BN_CTX* context) {
  Number less(BN_secure_new());
  Number out(BN_secure_new());
  if (!less || !out || BN_copy(less.get(), prime.get()) == nullptr || BN_sub_word(less.get(), 1) != 1) {
    return openssl_failure(Code::kInternal, "RSA key");
  }
  BN_set_flags(less.get(), BN_FLG_CONSTTIME);
  if (BN_mod(out.get(), d.get(), less.get(), context) != 1) {
    return openssl_failure(Code::kBadInput, "not a valid RSA key");
  }
  return out;
}

// Both halves, or the public one alone.
Result<Pkey> load_rsa(const ssh::PublicKey& half, const ssh::PrivateKey* key) {
  HALLIGAN_TRY(const Number modulus, public_number(half.rsa_modulus()));
  HALLIGAN_TRY(const Number exponent, public_number(half.rsa_exponent()));
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD* out = builder.get();
  if (out == nullptr || !push(out, OSSL_PKEY_PARAM_RSA_N, modulus) ||
      !push(out, OSSL_PKEY_PARAM_RSA_E, exponent)) {
    return openssl_failure(Code::kInternal, "RSA key");
  }
  if (key == nullptr) return from_params("RSA", EVP_PKEY_PUBLIC_KEY, out);
  HALLIGAN_TRY(const Number d, secret_number(key->secret.view()));
  HALLIGAN_TRY(const Number p, secret_number(key->p.view()));
  HALLIGAN_TRY(const Number q, secret_number(key->q.view()));
  HALLIGAN_TRY(const Number iqmp, secret_number(key->iqmp.view()));
  const NumberContext context(BN_CTX_secure_new());
  if (!context) return openssl_failure(Code::kInternal, "RSA key");
  HALLIGAN_TRY(const Number dmp1, reduced_exponent(d, p, context.get()));
  HALLIGAN_TRY(const Number dmq1, reduced_exponent(d, q, context.get()));
  if (!push(out, OSSL_PKEY_PARAM_RSA_D, d) || !push(out, OSSL_PKEY_PARAM_RSA_FACTOR1, p) ||
      !push(out, OSSL_PKEY_PARAM_RSA_FACTOR2, q) || !push(out, OSSL_PKEY_PARAM_RSA_EXPONENT1, dmp1) ||
      !push(out, OSSL_PKEY_PARAM_RSA_EXPONENT2, dmq1) || !push(out, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, iqmp)) {
    return openssl_failure(Code::kInternal, "RSA key");
  }
  return from_params("RSA", EVP_PKEY_KEYPAIR, out);
}

Failure no_part() { return openssl_failure(Code::kBadInput, "a part of the key is missing or too large"); }

// A number of the key as the magnitude that files and blobs carry.
Result<> read_number(const Pkey& pkey, const char* name, ssh::SecretNumber& out) {
  BIGNUM* raw = BN_secure_new();
  const bool found = raw != nullptr && EVP_PKEY_get_bn_param(pkey.get(), name, &raw) == 1;
  const Number number(raw);
  if (!found || !out.resize(static_cast<std::size_t>(BN_num_bytes(raw)))) return no_part();
  BN_bn2bin(raw, out.data());
  return {};
}

Result<ssh::KeyType> curve_of(const Pkey& pkey) {
  std::array<char, 64> name{};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(pkey.get(), name.data(), name.size(), &size) != 1)
    return fail(Code::kUnsupported, "a key on a curve without a name");
  const std::string_view group(name.data(), size);
  if (group == "prime256v1") return ssh::KeyType::kEcdsa256;
  if (group == "secp384r1") return ssh::KeyType::kEcdsa384;
  if (group == "secp521r1") return ssh::KeyType::kEcdsa521;
  return fail(Code::kUnsupported, "SSH has no keys on the curve " + std::string(group));
}

}  // namespace

Failure openssl_failure(Code code, std::string_view what) {
  std::string message(what);
  unsigned long last = 0;
  bool no_memory = false;
  // What was wrong first may be the memory, and what came of it is last.
  for (unsigned long each = ERR_get_error(); each != 0; each = ERR_get_error()) {
    last = each;
    no_memory = no_memory || ERR_GET_REASON(each) == ERR_R_MALLOC_FAILURE;
  }
  if (no_memory) throw std::bad_alloc();
  if (ERR_GET_LIB(last) == ERR_LIB_RAND) {
    code = Code::kUnreachable;
    message += ": no random bytes from the system";
  }
  if (const char* text = ERR_reason_error_string(last); text != nullptr) message += std::string(": ") + text;
  return fail(code, std::move(message));
}

Result<Number> secret_number(ByteView magnitude) {
  Number number(BN_secure_new());
  if (!number || BN_bin2bn(magnitude.data(), static_cast<int>(magnitude.size()), number.get()) == nullptr) {
    return openssl_failure(Code::kInternal, "number");
  }
  BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  return number;
}

std::string group_name(ssh::KeyType type) { return "P-" + std::to_string(ssh::info(type).bits); }

const EVP_MD* digest_named(Digest digest) {
  // Fetched once: OpenSSL 3 looks for one that was not fetched whenever it is used.
  static const auto kFetched = [] {
    std::array<const EVP_MD*, 4> out{};
    std::size_t next = 0;
    for (const char* name : {"SHA1", "SHA256", "SHA384", "SHA512"})
      out[next++] = EVP_MD_fetch(nullptr, name, nullptr);
    if (std::ranges::find(out, nullptr) != out.end()) throw std::bad_alloc();  // nothing else can fail here
    return out;
  }();
  return kFetched[static_cast<std::size_t>(digest)];
}

const EVP_MD* digest_of(ssh::SignatureAlgorithm algorithm) {
  using ssh::SignatureAlgorithm;
  switch (algorithm) {
    case SignatureAlgorithm::kEcdsa256:
    case SignatureAlgorithm::kSkEcdsa:
    case SignatureAlgorithm::kRsaSha256:
      return digest_named(Digest::kSha256);
    case SignatureAlgorithm::kEcdsa384:
      return digest_named(Digest::kSha384);
    case SignatureAlgorithm::kEcdsa521:
    case SignatureAlgorithm::kRsaSha512:
      return digest_named(Digest::kSha512);
    case SignatureAlgorithm::kRsaSha1:
      return digest_named(Digest::kSha1);
    case SignatureAlgorithm::kEd25519:
    case SignatureAlgorithm::kSkEd25519:
      break;
  }
  return nullptr;
}

namespace {

Result<Pkey> load_public_once(const ssh::PublicKey& key) {
  if (key.type() == ssh::KeyType::kRsa) return load_rsa(key, nullptr);
  if (ssh::is_ecdsa(key.type())) return load_ec(key, nullptr);
  const ByteView point = key.point();
  EVP_PKEY* made = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, point.data(), point.size());
  if (made == nullptr) throw std::bad_alloc();  // any 32 bytes will do
  return Pkey(made);
}

}  // namespace

Result<Pkey> load_public(const ssh::PublicKey& key) {
  return asked_twice([&] { return load_public_once(key); });
}

Result<Pkey> load_private(const ssh::PrivateKey& key) {
  const ssh::KeyType type = key.key.type();
  if (type == ssh::KeyType::kRsa) return load_rsa(key.key, &key);
  if (type == ssh::KeyType::kEd25519) {
    return checked(
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, key.secret.data(), key.secret.size()));
  }
  if (key.key.is_sk()) return fail(Code::kUsage, "the private half is on the security key");
  HALLIGAN_TRY(const Number scalar, secret_number(key.secret.view()));
  return load_ec(key.key, scalar);
}

Result<ssh::PublicKey> public_half(const Pkey& pkey) {
  std::array<std::uint8_t, 133> point{};
  std::size_t size = point.size();
  if (EVP_PKEY_is_a(pkey.get(), "ED25519") == 1) {
    if (EVP_PKEY_get_raw_public_key(pkey.get(), point.data(), &size) != 1) return no_part();
    return ssh::PublicKey::make(ssh::KeyType::kEd25519, ByteView(point).first(size));
  }
  if (EVP_PKEY_is_a(pkey.get(), "EC") == 1) {
    HALLIGAN_TRY(const ssh::KeyType type, curve_of(pkey));
    if (EVP_PKEY_get_octet_string_param(pkey.get(), OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point.data(),
                                        point.size(), &size) != 1) {
      return no_part();
    }
    return ssh::PublicKey::make(type, ByteView(point).first(size));
  }
  if (EVP_PKEY_is_a(pkey.get(), "RSA") != 1) {
    const char* kind = EVP_PKEY_get0_type_name(pkey.get());
    return fail(Code::kUnsupported,
                "OpenSSH has no certificates for keys of type " + std::string(kind == nullptr ? "?" : kind));
  }
  ssh::SecretNumber modulus;
  ssh::SecretNumber exponent;
  HALLIGAN_CHECK(read_number(pkey, OSSL_PKEY_PARAM_RSA_N, modulus));
  HALLIGAN_CHECK(read_number(pkey, OSSL_PKEY_PARAM_RSA_E, exponent));
  return ssh::PublicKey::make_rsa(exponent.view(), modulus.view());
}

Result<ssh::PrivateKey> key_pair(const Pkey& pkey) {
  HALLIGAN_TRY(ssh::PublicKey half, public_half(pkey));
  ssh::PrivateKey key{.key = std::move(half)};
  if (key.key.type() == ssh::KeyType::kEd25519) {
    std::size_t size = key.key.point().size();
    if (!key.secret.resize(size) || EVP_PKEY_get_raw_private_key(pkey.get(), key.secret.data(), &size) != 1) {
      return no_part();
    }
    return key;
  }
  if (key.key.type() != ssh::KeyType::kRsa) {
    HALLIGAN_CHECK(read_number(pkey, OSSL_PKEY_PARAM_PRIV_KEY, key.secret));
    return key;
  }
  HALLIGAN_CHECK(read_number(pkey, OSSL_PKEY_PARAM_RSA_D, key.secret));
  HALLIGAN_CHECK(read_number(pkey, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, key.iqmp));
  HALLIGAN_CHECK(read_number(pkey, OSSL_PKEY_PARAM_RSA_FACTOR1, key.p));
  HALLIGAN_CHECK(read_number(pkey, OSSL_PKEY_PARAM_RSA_FACTOR2, key.q));
  return key;
}

}  // namespace halligan::crypto
