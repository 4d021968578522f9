#include "ctap/ecdsa_signature.hpp"

#include <openssl/ec.h>

#include "base/handle.hpp"

namespace halligan::ctap {
namespace {

constexpr int kLongestNumber = 32;       // bytes of r and s on P-256
constexpr std::size_t kLongestDer = 72;  // with a sign byte each

Bytes bytes_of(const BIGNUM* number) {
  Bytes bytes(static_cast<std::size_t>(BN_num_bytes(number)));
  BN_bn2bin(number, bytes.data());
  return bytes;
}

bool is_possible(const BIGNUM* number) {
  return BN_is_negative(number) == 0 && BN_is_zero(number) == 0 && BN_num_bytes(number) <= kLongestNumber;
}

// OpenSSL accepts more than DER; what it encodes is DER.
bool is_encoding_of(ByteView der, const ECDSA_SIG* signature) {
  Bytes again(kLongestDer);
  unsigned char* end = again.data();
  const int size = i2d_ECDSA_SIG(signature, nullptr);
  if (size < 0 || static_cast<std::size_t>(size) != der.size()) return false;
  i2d_ECDSA_SIG(signature, &end);
  return same(ByteView(again).first(der.size()), der);
}

}  // namespace

Result<EcdsaSignature> parse_ecdsa_signature(ByteView der) {
  const unsigned char* cursor = der.data();
  const Handle<ECDSA_SIG, ECDSA_SIG_free> signature(
      der.size() > kLongestDer ? nullptr : d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(der.size())));
  if (signature != nullptr) {
    const BIGNUM* r = ECDSA_SIG_get0_r(signature.get());
    const BIGNUM* s = ECDSA_SIG_get0_s(signature.get());
    if (is_possible(r) && is_possible(s) && is_encoding_of(der, signature.get()))
      return EcdsaSignature{bytes_of(r), bytes_of(s)};
  }
  return fail(Code::kBadInput, "not an ECDSA signature in DER");
}

}  // namespace halligan::ctap
