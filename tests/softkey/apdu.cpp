#include "softkey/apdu.hpp"

namespace halligan::softkey {
namespace {

constexpr std::size_t kHeader = 4;

std::size_t u16(ByteView bytes) { return static_cast<std::size_t>(bytes[0] << 8 | bytes[1]); }

void add(Bytes& out, std::size_t value, bool two_bytes) {
  if (two_bytes) out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}

/// Le of one or two bytes, where 0 is the largest.
std::uint32_t longest(ByteView le) {
  if (le.size() == 1) return le[0] == 0 ? 256 : le[0];
  return u16(le) == 0 ? 65536 : static_cast<std::uint32_t>(u16(le));
}

}  // namespace

std::string_view name(StatusWord status) {
  switch (status) {
    case StatusWord::kOk:
      return "OK";
    case StatusWord::kWrongLength:
      return "WRONG_LENGTH";
    case StatusWord::kConditionsNotSatisfied:
      return "CONDITIONS_NOT_SATISFIED";
    case StatusWord::kLastOfChainExpected:
      return "LAST_OF_CHAIN_EXPECTED";
    case StatusWord::kNotFound:
      return "NOT_FOUND";
    case StatusWord::kWrongData:
      return "WRONG_DATA";
    case StatusWord::kWrongParameters:
      return "WRONG_PARAMETERS";
    case StatusWord::kInsNotSupported:
      return "INS_NOT_SUPPORTED";
    case StatusWord::kClaNotSupported:
      return "CLA_NOT_SUPPORTED";
    case StatusWord::kUnknown:
      return "UNKNOWN";
  }
  return "?";
}

tl::expected<Apdu, StatusWord> Apdu::parse(ByteView encoded) {
  const auto wrong = tl::unexpected<StatusWord>(StatusWord::kWrongLength);
  if (encoded.size() < kHeader) return wrong;
  Apdu apdu{encoded[0], encoded[1], encoded[2], encoded[3], {}, false, std::nullopt};
  ByteView rest = encoded.subspan(kHeader);
  if (rest.empty()) return apdu;
  // A zero that is not alone opens the extended form: of a short command it would be a length of data of
  // zero.
  apdu.extended = rest.size() > 1 && rest[0] == 0;
  if (apdu.extended) rest = rest.subspan(1);
  const std::size_t width = apdu.extended ? 2 : 1;  // of both lengths
  if (rest.size() < width) return wrong;
  if (rest.size() > width) {
    const std::size_t size = apdu.extended ? u16(rest) : rest[0];
    rest = rest.subspan(width);
    if (rest.size() < size) return wrong;
    apdu.data = to_bytes(rest.first(size));
    rest = rest.subspan(size);
    if (rest.empty() && size > 0) return apdu;
    if (rest.size() != width) return wrong;
  }
  apdu.longest_answer = longest(rest);
  return apdu;
}

Bytes Apdu::encode() const {
  Bytes out{cla, ins, p1, p2};
  if (extended && (!data.empty() || longest_answer)) out.push_back(0);
  if (!data.empty()) {
    add(out, data.size(), extended);
    append(out, data);
  }
  if (longest_answer) add(out, *longest_answer, extended);  // the largest is all zeros
  return out;
}

}  // namespace halligan::softkey
