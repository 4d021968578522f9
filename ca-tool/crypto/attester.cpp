#include "crypto/attester.hpp"

#include <openssl/err.h>
#include <openssl/x509.h>

#include "crypto/openssl.hpp"

namespace halligan::crypto {
namespace {

using X509Certificate = Handle<X509, X509_free>;
using Bio = Handle<BIO, BIO_free_all>;

}  // namespace

Result<Attester> read_attester(ByteView der) {
  const unsigned char* cursor = der.data();
  const X509Certificate certificate(::d2i_X509(nullptr, &cursor, static_cast<long>(der.size())));
  const Bio text(::BIO_new(::BIO_s_mem()));
  if (!certificate || !text) return openssl_failure(Code::kBadInput, "the attestation certificate");
  // Every character that is not plain is escaped.
  if (::X509_NAME_print_ex(text.get(), ::X509_get_issuer_name(certificate.get()), 0, XN_FLAG_RFC2253) < 0)
    return openssl_failure(Code::kBadInput, "the issuer of the attestation certificate");
  char* begin = nullptr;
  const long size = ::BIO_get_mem_data(text.get(), &begin);
  Attester attester{.issuer = std::string(begin, static_cast<std::size_t>(size)), .self_signed = false};
  attester.self_signed = ::X509_self_signed(certificate.get(), 1) == 1;
  ERR_clear_error();
  return attester;
}

}  // namespace halligan::crypto
