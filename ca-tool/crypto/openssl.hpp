// What the sources of this folder share: owners for OpenSSL's objects, keys handed to it, its errors in our
// words. Private: nothing outside crypto includes it.
#pragma once

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/handle.hpp"
#include "base/result.hpp"
#include "ssh/key.hpp"
#include "ssh/key_file.hpp"
#include "ssh/signature.hpp"

namespace halligan::crypto {

using Pkey = Handle<EVP_PKEY, EVP_PKEY_free>;
using PkeyContext = Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using DigestContext = Handle<EVP_MD_CTX, EVP_MD_CTX_free>;
using Number = Handle<BIGNUM, BN_clear_free>;
using NumberContext = Handle<BN_CTX, BN_CTX_free>;
using X509Certificate = Handle<X509, X509_free>;
using Bio = Handle<BIO, BIO_free_all>;
using EcdsaSignature = Handle<ECDSA_SIG, ECDSA_SIG_free>;

/// An error that ends in OpenSSL's own reason; empties OpenSSL's queue. kUnreachable instead of `code` if the
/// system gave no random bytes. @throws std::bad_alloc if there was no memory
Failure openssl_failure(Code code, std::string_view what);

/// OpenSSL does not always say that it had no memory. So that somebody else's key or signature is not called
/// bad for that, what it refuses is asked again. @param ask a Result
template <typename Ask>
auto asked_twice(Ask ask) -> decltype(ask()) {
  auto answer = ask();
  return answer ? std::move(answer) : ask();
}

/// A number in memory that OpenSSL clears when it lets go. @errors kInternal
Result<Number> secret_number(ByteView magnitude);

/// "P-256" and the like, for a kind that has a curve.
std::string group_name(ssh::KeyType type);

enum class Digest { kSha1, kSha256, kSha384, kSha512 };

/// @throws std::bad_alloc
const EVP_MD* digest_named(Digest digest);

/// The digest that a signature algorithm is defined with; nullptr for ed25519, which does its own.
const EVP_MD* digest_of(ssh::SignatureAlgorithm algorithm);

/// @errors kBadInput (not a key: the point is not on its curve, …)
Result<Pkey> load_public(const ssh::PublicKey& key);
Result<Pkey> load_private(const ssh::PrivateKey& key);

/// A key of OpenSSL's as SSH has it. @errors kUnsupported (a kind that SSH does not have) · kBadInput
Result<ssh::PublicKey> public_half(const Pkey& pkey);
Result<ssh::PrivateKey> key_pair(const Pkey& pkey);

/// @param der all of a certificate. @errors kBadInput
Result<X509Certificate> load_certificate(ByteView der);
/// A distinguished name as RFC 2253 writes it: every character that is not plain is escaped.
Result<std::string> name_text(const X509_NAME* name);

}  // namespace halligan::crypto
