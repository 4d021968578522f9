// Key pairs and signatures.
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <stdexcept>

#include "base/handle.hpp"
#include "softkey/crypto.hpp"
#include "softkey/openssl_must.hpp"

namespace halligan::softkey {
namespace {

using Bignum = Handle<BIGNUM, BN_clear_free>;
using Group = Handle<EC_GROUP, EC_GROUP_free>;
using CurvePoint = Handle<EC_POINT, EC_POINT_clear_free>;
using EvpKey = Handle<EVP_PKEY, EVP_PKEY_free>;

Bignum number(ByteView bytes) {
  Bignum result(BN_secure_new());
  must(result && BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), result.get()) != nullptr);
  return result;
}

Group curve() {
  Group group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  must(group != nullptr);
  return group;
}

/// An EVP key from a scalar; its public half is computed, since OpenSSL 3.0 does not do so on import.
EvpKey p256_key(const Key32& scalar) {
  const Bytes public_key = sec1(p256_public(scalar));
  const Bignum secret = number(scalar.view());
  const Handle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  must(builder &&
       OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, SN_X9_62_prime256v1, 0) ==
           1 &&
       OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret.get()) == 1 &&
       OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, public_key.data(),
                                        public_key.size()) == 1);
  const Handle<OSSL_PARAM, OSSL_PARAM_free> params(OSSL_PARAM_BLD_to_param(builder.get()));
  const Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  must(params && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
       EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params.get()) == 1);
  return EvpKey(key);
}

Bytes sign(EVP_PKEY* key, const EVP_MD* digest, ByteView message) {
  const Handle<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  std::size_t size = 0;
  must(context && EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
       EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()) == 1);
  Bytes signature(size);
  must(EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1);
  signature.resize(size);
  return signature;
}

void add_name(X509_NAME* name, const char* field, const char* value) {
  must(X509_NAME_add_entry_by_txt(name, field, MBSTRING_ASC, reinterpret_cast<const unsigned char*>(value),
                                  -1, -1, 0) == 1);
}

void add_extension(X509* certificate, int nid, const char* value) {
  const Handle<X509_EXTENSION, X509_EXTENSION_free> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, nid, value));
  must(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

/// id-fido-gen-ce-aaguid: an octet string within the extension's own octet string.
void add_aaguid(X509* certificate, ByteView aaguid) {
  const Handle<ASN1_OBJECT, ASN1_OBJECT_free> oid(OBJ_txt2obj("1.3.6.1.4.1.45724.1.1.4", 1));
  Bytes inner{0x04, static_cast<std::uint8_t>(aaguid.size())};
  append(inner, aaguid);
  const Handle<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> value(ASN1_OCTET_STRING_new());
  must(oid && value && ASN1_OCTET_STRING_set(value.get(), inner.data(), static_cast<int>(inner.size())) == 1);
  const Handle<X509_EXTENSION, X509_EXTENSION_free> extension(
      X509_EXTENSION_create_by_OBJ(nullptr, oid.get(), 0, value.get()));
  must(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

}  // namespace

Bytes sec1(const Point& point) {
  Bytes encoded{0x04};
  append(encoded, point.x);
  append(encoded, point.y);
  return encoded;
}

Key32 p256_generate(Env& env) {
  const Group group = curve();
  for (;;) {
    Key32 scalar;
    must(scalar.resize(32));
    env.random({scalar.data(), scalar.size()});
    const Bignum candidate = number(scalar.view());
    if (!BN_is_zero(candidate.get()) && BN_cmp(candidate.get(), EC_GROUP_get0_order(group.get())) < 0)
      return scalar;
  }
}

Point p256_public(const Key32& scalar) {
  const Group group = curve();
  const Bignum secret = number(scalar.view());
  const CurvePoint result(EC_POINT_new(group.get()));
  const Bignum x(BN_new());
  const Bignum y(BN_new());
  Point point{};
  must(result && x && y &&
       EC_POINT_mul(group.get(), result.get(), secret.get(), nullptr, nullptr, nullptr) == 1 &&
       EC_POINT_get_affine_coordinates(group.get(), result.get(), x.get(), y.get(), nullptr) == 1 &&
       BN_bn2binpad(x.get(), point.x.data(), 32) == 32 && BN_bn2binpad(y.get(), point.y.data(), 32) == 32);
  return point;
}

Outcome<Key32> p256_ecdh(const Key32& scalar, const Point& peer) {
  const Group group = curve();
  const CurvePoint other(EC_POINT_new(group.get()));
  const Bignum x = number(peer.x);
  const Bignum y = number(peer.y);
  must(other != nullptr);
  // Refuses a point that is not on the curve: the classic way to pull a key agreement key out bit by bit.
  if (EC_POINT_set_affine_coordinates(group.get(), other.get(), x.get(), y.get(), nullptr) != 1)
    return refuse(Status::kInvalidParameter);
  const Bignum secret = number(scalar.view());
  const CurvePoint shared(EC_POINT_new(group.get()));
  const Bignum shared_x(BN_secure_new());
  Key32 result;
  must(shared && shared_x && result.resize(32) &&
       EC_POINT_mul(group.get(), shared.get(), nullptr, other.get(), secret.get(), nullptr) == 1 &&
       EC_POINT_get_affine_coordinates(group.get(), shared.get(), shared_x.get(), nullptr, nullptr) == 1 &&
       BN_bn2binpad(shared_x.get(), result.data(), 32) == 32);
  return result;
}

Bytes p256_sign(const Key32& scalar, ByteView message) {
  return sign(p256_key(scalar).get(), EVP_sha256(), message);
}

namespace {
EvpKey ed25519_key(const Key32& seed) {
  EvpKey key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  must(key != nullptr);
  return key;
}
}  // namespace

Digest ed25519_public(const Key32& seed) {
  Digest result{};
  std::size_t size = result.size();
  must(EVP_PKEY_get_raw_public_key(ed25519_key(seed).get(), result.data(), &size) == 1 &&
       size == result.size());
  return result;
}

Bytes ed25519_sign(const Key32& seed, ByteView message) {
  return sign(ed25519_key(seed).get(), nullptr, message);
}

Bytes attestation_certificate(const Key32& scalar, ByteView aaguid) {
  const EvpKey key = p256_key(scalar);
  const Handle<X509, X509_free> certificate(X509_new());
  must(certificate && X509_set_version(certificate.get(), 2) == 1 &&
       ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1) == 1 &&
       ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate.get()), "20240101000000Z") == 1 &&
       ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate.get()), "99991231235959Z") == 1 &&
       X509_set_pubkey(certificate.get(), key.get()) == 1);
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  add_name(subject, "C", "ZZ");
  add_name(subject, "O", "Halligan");
  add_name(subject, "OU", "Authenticator Attestation");
  add_name(subject, "CN", "softkey test token");
  must(X509_set_issuer_name(certificate.get(), subject) == 1);
  add_extension(certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_aaguid(certificate.get(), aaguid);
  must(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  Bytes der(static_cast<std::size_t>(i2d_X509(certificate.get(), nullptr)));
  unsigned char* cursor = der.data();
  must(i2d_X509(certificate.get(), &cursor) == static_cast<int>(der.size()));
  return der;
}

}  // namespace halligan::softkey
