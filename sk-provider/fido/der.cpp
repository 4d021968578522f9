#include "fido/der.hpp"

#include "base/reader.hpp"

namespace halligan::fido {
namespace {

constexpr std::uint8_t kSequence = 0x30;
constexpr std::uint8_t kInteger = 0x02;
constexpr std::size_t kScalarSize = 32;  // P-256

// Two 33-byte integers fit the short form of a length (X.690, 8.1.3.4), so the long form is never right here.
Result<ByteView> element(Reader& reader, std::uint8_t tag) {
  HALLIGAN_TRY(const std::uint8_t found, reader.u8());
  if (found != tag) return fail(Code::kBadInput, "unexpected DER tag " + std::to_string(found));
  HALLIGAN_TRY(const std::uint8_t length, reader.u8());
  if (length >= 0x80) return fail(Code::kBadInput, "DER length is not in short form");
  return reader.take(length);
}

Result<Bytes> positive_integer(Reader& reader) {
  HALLIGAN_TRY(ByteView content, element(reader, kInteger));
  if (content.empty() || content[0] >= 0x80) return fail(Code::kBadInput, "DER integer is not positive");
  if (content[0] == 0) {
    content = content.subspan(1);
    if (content.empty() || content[0] < 0x80)
      return fail(Code::kBadInput, "DER integer is zero or not minimal");
  }
  if (content.size() > kScalarSize) return fail(Code::kBadInput, "DER integer is larger than 32 bytes");
  return to_bytes(content);
}

}  // namespace

Result<EcdsaSignature> parse_ecdsa_der(ByteView der) {
  Reader outer(der);
  HALLIGAN_TRY(const ByteView content, element(outer, kSequence));
  HALLIGAN_CHECK(outer.done());
  Reader inner(content);
  EcdsaSignature signature;
  HALLIGAN_TRY(signature.r, positive_integer(inner));
  HALLIGAN_TRY(signature.s, positive_integer(inner));
  HALLIGAN_CHECK(inner.done());
  return signature;
}

}  // namespace halligan::fido
