#include "crypto/verify.hpp"

#include <string>

#include "crypto/digest.hpp"
#include "crypto/openssl.hpp"

namespace halligan::crypto {
namespace {

Result<Bytes> join_der(const ssh::Signature& signature) {
  const EcdsaSignature joined(ECDSA_SIG_new());
  Number r(BN_bin2bn(signature.r.data(), static_cast<int>(signature.r.size()), nullptr));
  Number s(BN_bin2bn(signature.s.data(), static_cast<int>(signature.s.size()), nullptr));
  if (!joined || !r || !s || ECDSA_SIG_set0(joined.get(), r.get(), s.get()) != 1) {
    return openssl_failure(Code::kInternal, "verifying");
  }
  // The signature owns both now.
  static_cast<void>(r.release());
  static_cast<void>(s.release());
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(joined.get(), &der);
  if (size <= 0) return openssl_failure(Code::kInternal, "verifying");
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

// What OpenSSL wants: DER for ECDSA, for RSA as many bytes as the modulus has (a signer may drop leading
// zeros).
Result<Bytes> for_openssl(const ssh::PublicKey& key, const ssh::Signature& signature) {
  if (curve_name(key.type()) != nullptr) return join_der(signature);
  Bytes raw = signature.raw;
  if (key.type() == ssh::KeyType::kRsa) {
    const std::size_t size = key.rsa_modulus().size();
    if (raw.size() < size) raw.insert(raw.begin(), size - raw.size(), 0);
  }
  return raw;
}

Bytes signed_data(const ssh::PublicKey& key, ByteView message, const ssh::Signature& signature) {
  const auto data = ssh::sk_signed_data(sha256(as_bytes(key.application())), signature.flags,
                                        signature.counter, sha256(message));
  return to_bytes(ByteView(data));
}

Result<> verify_raw(const ssh::PublicKey& key, ByteView message, const ssh::Signature& signature) {
  HALLIGAN_TRY(const Pkey pkey, load_public(key));
  HALLIGAN_TRY(const Bytes raw, for_openssl(key, signature));
  const DigestContext context(EVP_MD_CTX_new());
  const EVP_MD* digest = digest_of(signature.algorithm);
  if (!context || EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, pkey.get()) != 1) {
    return openssl_failure(Code::kInternal, "verifying");
  }
  if (EVP_DigestVerify(context.get(), raw.data(), raw.size(), message.data(), message.size()) != 1) {
    static_cast<void>(
        openssl_failure(Code::kNo, ""));  // its reasons say nothing more than ours; the queue is emptied
    return fail(Code::kNo, "the signature does not verify");
  }
  return {};
}

}  // namespace

Result<Verified> verify(const ssh::PublicKey& key, ByteView message, const ssh::Signature& signature) {
  if (!ssh::fits(signature.algorithm, key.type())) {
    return fail(Code::kBadInput, "a signature of " + std::string(ssh::name(signature.algorithm)) +
                                     " by a key of " + std::string(key.name()));
  }
  if (!ssh::is_supported(signature.algorithm))
    return fail(Code::kUnsupported, "a signature with RSA and SHA-1");
  if (!key.is_sk()) {
    HALLIGAN_CHECK(verify_raw(key, message, signature));
    return Verified{};
  }
  HALLIGAN_CHECK(verify_raw(key, signed_data(key, message, signature), signature));
  return Verified{true, signature.flags, signature.counter};
}

Result<Verified> verify_certificate(const ssh::Certificate& certificate) {
  return verify(certificate.body.ca, ssh::to_be_signed(certificate.body), certificate.signature);
}

}  // namespace halligan::crypto
