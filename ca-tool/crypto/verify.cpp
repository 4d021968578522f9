#include "crypto/verify.hpp"

#include <new>
#include <string>

#include "crypto/openssl.hpp"

namespace halligan::crypto {

// A key made ready to verify with one algorithm.
struct VerifyingKey {
  ssh::PublicKey key;
  ssh::SignatureAlgorithm algorithm;
  Pkey pkey;
  PkeyContext context;            // empty for ed25519,
  DigestContext message_context;  // which hashes by itself
};

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

// What OpenSSL expects: DER for ECDSA, for RSA as many bytes as the modulus has (a signer may drop leading
// zeros).
Result<Bytes> for_openssl(const ssh::PublicKey& key, const ssh::Signature& signature) {
  if (ssh::is_ecdsa(key.type())) return join_der(signature);
  Bytes raw = signature.raw;
  if (key.type() == ssh::KeyType::kRsa) {
    const std::size_t size = key.rsa_modulus().size();
    if (raw.size() < size) raw.insert(raw.begin(), size - raw.size(), 0);
  }
  return raw;
}

constexpr std::size_t kKeysKept = 16;

Result<VerifyingKey> make_ready(const ssh::PublicKey& key, ssh::SignatureAlgorithm algorithm) {
  HALLIGAN_TRY(Pkey pkey, load_public(key));
  PkeyContext context;
  DigestContext message_context;
  bool made = false;
  if (const EVP_MD* digest = digest_of(algorithm); digest != nullptr) {
    context.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, pkey.get(), nullptr));
    made = context && EVP_PKEY_verify_init(context.get()) == 1 &&
           EVP_PKEY_CTX_set_signature_md(context.get(), digest) == 1;
  } else {
    message_context.reset(EVP_MD_CTX_new());
    made = message_context &&
           EVP_DigestVerifyInit(message_context.get(), nullptr, nullptr, nullptr, pkey.get()) == 1;
  }
  if (!made) {
    auto failure = openssl_failure(Code::kInternal, "verifying");
    // OpenSSL has all of these, so there was no memory for it: nobody may take that for a bad signature.
    if (ssh::is_supported(algorithm)) throw std::bad_alloc();
    return failure;
  }
  return VerifyingKey{key, algorithm, std::move(pkey), std::move(context), std::move(message_context)};
}

Result<int> verify_prehashed(const VerifyingKey& ready, ByteView message, ByteView raw) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> hash;
  unsigned size = 0;
  if (EVP_Digest(message.data(), message.size(), hash.data(), &size, digest_of(ready.algorithm), nullptr) !=
      1) {
    return openssl_failure(Code::kInternal, "verifying");
  }
  return EVP_PKEY_verify(ready.context.get(), raw.data(), raw.size(), hash.data(), size);
}

Result<int> verify_message(const VerifyingKey& ready, ByteView message, ByteView raw) {
  // Without a key: begin again with the one that it has.
  EVP_MD_CTX* const context = ready.message_context.get();
  if (EVP_DigestVerifyInit(context, nullptr, nullptr, nullptr, nullptr) != 1)
    return openssl_failure(Code::kInternal, "verifying");
  return EVP_DigestVerify(context, raw.data(), raw.size(), message.data(), message.size());
}

Result<> verify_once(const VerifyingKey& ready, ByteView message, const ssh::Signature& signature) {
  HALLIGAN_TRY(const Bytes raw, for_openssl(ready.key, signature));
  HALLIGAN_TRY(const int verified,
               ready.context ? verify_prehashed(ready, message, raw) : verify_message(ready, message, raw));
  if (verified == 1) return {};
  // OpenSSL's reasons add nothing; its queue is emptied.
  static_cast<void>(openssl_failure(Code::kNo, ""));
  return fail(Code::kNo, "the signature does not verify");
}

Result<> verify_raw(const VerifyingKey& ready, ByteView message, const ssh::Signature& signature) {
  return asked_twice([&] { return verify_once(ready, message, signature); });
}

}  // namespace

struct Verifier::Kept {
  std::vector<VerifyingKey> keys;
  std::size_t next = 0;  // the place of the one that has been there longest

  Result<const VerifyingKey*> ready(const ssh::PublicKey& key, ssh::SignatureAlgorithm algorithm) {
    for (const VerifyingKey& each : keys) {
      if (each.algorithm == algorithm && each.key == key) return &each;
    }
    HALLIGAN_TRY(VerifyingKey made, make_ready(key, algorithm));
    if (keys.size() < kKeysKept) {
      keys.push_back(std::move(made));
      return &keys.back();
    }
    VerifyingKey& place = keys[next++ % kKeysKept];
    place = std::move(made);
    return &place;
  }

  Result<const VerifyingKey*> ready_for(const ssh::PublicKey& key, const ssh::Signature& signature) {
    if (!ssh::fits(signature.algorithm, key.type())) {
      return fail(Code::kBadInput, "a signature of " + std::string(ssh::name(signature.algorithm)) +
                                       " by a key of " + std::string(key.name()));
    }
    return ready(key, signature.algorithm);
  }
};

Verifier::Verifier() : kept_(std::make_unique<Kept>()) {}
Verifier::~Verifier() = default;

Result<Verified> Verifier::verify(const ssh::PublicKey& key, ByteView message,
                                  const ssh::Signature& signature) {
  if (key.is_sk()) return verify_hash(key, sha256(message), signature);
  HALLIGAN_TRY(const VerifyingKey* ready, kept_->ready_for(key, signature));
  const auto verified = verify_raw(*ready, message, signature);
  // Whoever reads an old certificate wants to know whether it is genuine, which no longer makes it good.
  if (!ssh::is_supported(signature.algorithm)) {
    return fail(Code::kUnsupported,
                std::string("made with SHA-1, refused by OpenSSH since 8.8; the signature itself ") +
                    (verified ? "verifies" : "does not verify"));
  }
  HALLIGAN_CHECK(verified);
  return Verified{};
}

Result<Verified> Verifier::verify_hash(const ssh::PublicKey& key, const Sha256& hash,
                                       const ssh::Signature& signature) {
  if (!key.is_sk()) return fail(Code::kBadInput, std::string(key.name()) + " is not a security key");
  HALLIGAN_TRY(const VerifyingKey* ready, kept_->ready_for(key, signature));
  const auto data =
      ssh::sk_signed_data(sha256(as_bytes(key.application())), signature.flags, signature.counter, hash);
  HALLIGAN_CHECK(verify_raw(*ready, data, signature));
  return Verified{true, signature.flags, signature.counter};
}

Result<Verified> Verifier::verify_certificate(const ssh::Certificate& certificate) {
  return verify(certificate.body.ca, ssh::to_be_signed(certificate.body), certificate.signature);
}

Result<Verified> verify(const ssh::PublicKey& key, ByteView message, const ssh::Signature& signature) {
  return Verifier().verify(key, message, signature);
}

Result<Verified> verify_certificate(const ssh::Certificate& certificate) {
  return Verifier().verify_certificate(certificate);
}

}  // namespace halligan::crypto
