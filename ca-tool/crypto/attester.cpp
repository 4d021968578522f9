#include "crypto/attester.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "crypto/openssl.hpp"

namespace halligan::crypto {
namespace {

using Object = Handle<ASN1_OBJECT, ASN1_OBJECT_free>;

// The only value of an attribute; empty if there is none, or not only one.
std::string attribute(const X509_NAME* name, int nid) {
  const int at = ::X509_NAME_get_index_by_NID(name, nid, -1);
  if (at < 0 || ::X509_NAME_get_index_by_NID(name, nid, at) >= 0) return {};
  const ASN1_STRING* text = ::X509_NAME_ENTRY_get_data(::X509_NAME_get_entry(name, at));
  return {reinterpret_cast<const char*>(::ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(::ASN1_STRING_length(text))};
}

// @source WebAuthn 8.2.1: id-fido-gen-ce-aaguid, an octet string in the extension's own, never critical
std::string read_aaguid(const X509* certificate, Attester& attester) {
  constexpr std::array<std::uint8_t, 2> kHead{0x04, 16};  // DER: an octet string of 16 bytes
  const Object oid(::OBJ_txt2obj("1.3.6.1.4.1.45724.1.1.4", 1));
  if (!oid) throw std::bad_alloc();
  const int at = ::X509_get_ext_by_OBJ(certificate, oid.get(), -1);
  if (at < 0) return {};
  if (::X509_get_ext_by_OBJ(certificate, oid.get(), at) >= 0) return "names its model twice";
  X509_EXTENSION* extension = ::X509_get_ext(certificate, at);
  const ASN1_OCTET_STRING* value = ::X509_EXTENSION_get_data(extension);
  const ByteView bytes(::ASN1_STRING_get0_data(value), static_cast<std::size_t>(::ASN1_STRING_length(value)));
  auto& aaguid = attester.aaguid.emplace();
  if (bytes.size() != kHead.size() + aaguid.size() || !same(bytes.first(kHead.size()), kHead))
    return "names its model in a malformed extension";
  std::ranges::copy(bytes.subspan(kHead.size()), aaguid.begin());
  return ::X509_EXTENSION_get_critical(extension) != 0 ? "names its model in a critical extension" : "";
}

std::string breach_of(X509* certificate) {
  constexpr long kVersion3 = 2;
  const X509_NAME* subject = ::X509_get_subject_name(certificate);
  if (::X509_get_version(certificate) != kVersion3) return "is not of version 3";
  if (attribute(subject, NID_organizationalUnitName) != "Authenticator Attestation")
    return "is not for attestation: its OU is not \"Authenticator Attestation\"";
  if (attribute(subject, NID_countryName).size() != 2 || attribute(subject, NID_organizationName).empty() ||
      attribute(subject, NID_commonName).empty())
    return "lacks a country, an organization or a name";
  if (::X509_get_ext_by_NID(certificate, NID_basic_constraints, -1) < 0)
    return "does not say that it is not a CA's";
  return ::X509_check_ca(certificate) != 0 ? "is a CA's" : "";
}

}  // namespace

Result<std::string> name_text(const X509_NAME* name) {
  const Bio text(::BIO_new(::BIO_s_mem()));
  if (!text || ::X509_NAME_print_ex(text.get(), name, 0, XN_FLAG_RFC2253) < 0)
    return openssl_failure(Code::kBadInput, "a name in a certificate");
  char* begin = nullptr;
  const long size = ::BIO_get_mem_data(text.get(), &begin);
  return std::string(begin, static_cast<std::size_t>(size));
}

Result<X509Certificate> load_certificate(ByteView der) {
  const unsigned char* cursor = der.data();
  X509Certificate certificate(::d2i_X509(nullptr, &cursor, static_cast<long>(der.size())));
  if (!certificate) return openssl_failure(Code::kBadInput, "not a certificate");
  if (cursor != der.data() + der.size()) return fail(Code::kBadInput, "bytes follow the certificate");
  return certificate;
}

Result<Attester> read_attester(ByteView der) {
  const auto read = [&]() -> Result<Attester> {
    HALLIGAN_TRY(const X509Certificate certificate, load_certificate(der));
    Attester attester;
    HALLIGAN_TRY(attester.subject, name_text(::X509_get_subject_name(certificate.get())));
    HALLIGAN_TRY(attester.issuer, name_text(::X509_get_issuer_name(certificate.get())));
    attester.self_signed = ::X509_self_signed(certificate.get(), 1) == 1;
    attester.breach = breach_of(certificate.get());
    const std::string wrong = read_aaguid(certificate.get(), attester);
    if (attester.breach.empty()) attester.breach = wrong;
    unsigned size = 0;
    if (::X509_pubkey_digest(certificate.get(), ::EVP_sha1(), attester.key_identifier.data(), &size) != 1)
      return openssl_failure(Code::kBadInput, "its key");
    ERR_clear_error();
    return attester;
  };
  return read().in("the attestation certificate");
}

}  // namespace halligan::crypto
