#include "crypto/x509.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <new>

#include "crypto/openssl.hpp"

namespace halligan::crypto {
namespace {

using Store = Handle<X509_STORE, X509_STORE_free>;
using StoreContext = Handle<X509_STORE_CTX, X509_STORE_CTX_free>;

void free_all(STACK_OF(X509) * certificates) { sk_X509_pop_free(certificates, X509_free); }
using Certificates = Handle<STACK_OF(X509), free_all>;

constexpr int kSecurityLevel = 2;  // 112 bits, SSL_CTX_set_security_level(3)

Result<Bytes> der_of(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = ::i2d_X509(certificate, &der);
  if (size <= 0) return openssl_failure(Code::kBadInput, "a certificate");
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

void set_terms(X509_STORE_CTX* context, const Chain& chain) {
  X509_VERIFY_PARAM* terms = ::X509_STORE_CTX_get0_param(context);
  ::X509_VERIFY_PARAM_set_time(terms, static_cast<std::time_t>(chain.time));
  ::X509_VERIFY_PARAM_set_auth_level(terms, kSecurityLevel);
  // Whoever trusts a certificate that is not a root means that one, and no other of its issuer's.
  const bool set = ::X509_VERIFY_PARAM_set_flags(terms, X509_V_FLAG_PARTIAL_CHAIN) == 1;
  ::X509_VERIFY_PARAM_set_hostflags(terms, X509_CHECK_FLAG_NO_WILDCARDS);
  if (!set || (!chain.host.empty() &&
               ::X509_VERIFY_PARAM_set1_host(terms, chain.host.data(), chain.host.size()) != 1))
    throw std::bad_alloc();
}

Result<std::string> verify_once(const Chain& chain) {
  HALLIGAN_TRY(const X509Certificate leaf, load_certificate(chain.leaf));
  const Store store(::X509_STORE_new());
  const Certificates between(sk_X509_new_null());
  const StoreContext context(::X509_STORE_CTX_new());
  if (!store || !between || !context) throw std::bad_alloc();
  for (const Bytes& each : chain.trusted) {
    HALLIGAN_TRY(const X509Certificate certificate, load_certificate(each).in("a trusted certificate"));
    if (::X509_STORE_add_cert(store.get(), certificate.get()) != 1) throw std::bad_alloc();
  }
  for (const Bytes& each : chain.between) {
    HALLIGAN_TRY(X509Certificate certificate, load_certificate(each).in("a certificate of the chain"));
    if (sk_X509_push(between.get(), certificate.get()) <= 0) throw std::bad_alloc();
    static_cast<void>(certificate.release());
  }
  if (::X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), between.get()) != 1)
    throw std::bad_alloc();
  set_terms(context.get(), chain);
  const int verified = ::X509_verify_cert(context.get());
  const int error = ::X509_STORE_CTX_get_error(context.get());
  ERR_clear_error();
  if (error == X509_V_ERR_OUT_OF_MEM) throw std::bad_alloc();
  if (verified != 1 || error != X509_V_OK)
    return fail(Code::kNo,
                ::X509_verify_cert_error_string(error == X509_V_OK ? X509_V_ERR_UNSPECIFIED : error));
  const STACK_OF(X509)* found = ::X509_STORE_CTX_get0_chain(context.get());
  return name_text(::X509_get_subject_name(sk_X509_value(found, sk_X509_num(found) - 1)));
}

}  // namespace

Result<std::vector<Bytes>> parse_certificates(std::string_view pem) {
  const Bio text(::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!text) throw std::bad_alloc();
  std::vector<Bytes> found;
  while (const X509Certificate each{::PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)}) {
    HALLIGAN_TRY(Bytes der, der_of(each.get()));
    found.push_back(std::move(der));
  }
  const bool end = ERR_GET_REASON(::ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!end) return openssl_failure(Code::kBadInput, "a certificate in PEM cannot be read");
  ERR_clear_error();
  if (found.empty()) return fail(Code::kBadInput, "no certificate in PEM is in it");
  return found;
}

Result<ssh::PublicKey> certified_key(ByteView der) {
  HALLIGAN_TRY(const X509Certificate certificate, load_certificate(der));
  const Pkey pkey(::X509_get_pubkey(certificate.get()));
  if (!pkey) return openssl_failure(Code::kBadInput, "the key in the certificate");
  return public_half(pkey);
}

Result<std::string> verify_chain(const Chain& chain) {
  if (chain.trusted.empty()) return fail(Code::kNo, "no certificate is trusted");
  return asked_twice([&] { return verify_once(chain); });
}

}  // namespace halligan::crypto
