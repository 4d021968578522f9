#include "ctap/apdu.hpp"

#include <algorithm>
#include <array>

#include "base/reader.hpp"

namespace halligan::ctap {
namespace {

constexpr std::array<std::uint8_t, 8> kFidoAid{0xa0, 0x00, 0x00, 0x06, 0x47, 0x2f, 0x00, 0x01};

constexpr std::uint8_t kIsoClass = 0x00;
constexpr std::uint8_t kFidoClass = 0x80;
constexpr std::uint8_t kChaining = 0x10;  // ISO/IEC 7816-4, 5.4.1
constexpr std::uint8_t kGetResponse = 0xc0;

// CTAP 2.1, 11.3.7.1 and 11.3.7.2.
constexpr std::uint8_t kNfcCtapMessage = 0x10;
constexpr std::uint8_t kNfcCtapGetResponse = 0x11;
constexpr std::uint8_t kKnowsGetResponse = 0x80;
constexpr std::uint8_t kCancelled = 0x11;

constexpr std::size_t kLongestShort = 255;

void append_length(Bytes& apdu, std::size_t length) {
  apdu.push_back(static_cast<std::uint8_t>(length >> 8));
  apdu.push_back(static_cast<std::uint8_t>(length));
}

Bytes header(const CommandApdu& command, std::uint8_t more) {
  return {static_cast<std::uint8_t>(command.cla | more), command.ins, command.p1, command.p2};
}

// Le 0000 asks for the whole response, whether the command has data or not.
Bytes extended_apdu(const CommandApdu& command) {
  Bytes apdu = header(command, 0);
  apdu.push_back(0);
  if (!command.data.empty()) append_length(apdu, command.data.size());
  append(apdu, command.data);
  append_length(apdu, 0);
  return apdu;
}

Bytes short_apdu(const CommandApdu& command, ByteView part, bool last) {
  Bytes apdu = header(command, last ? 0 : kChaining);
  if (!part.empty()) apdu.push_back(static_cast<std::uint8_t>(part.size()));
  append(apdu, part);
  if (last) apdu.push_back(0);
  return apdu;
}

// ISO/IEC 7816-3, 8.2: TS, T0 and the interface bytes that T0 and each TD announce, then as many historical
// bytes as the low half of T0 says.
ByteView historical_bytes(ByteView atr) {
  if (atr.size() < 2) return {};
  const std::size_t count = atr[1] & 0x0f;
  std::uint8_t announced = atr[1] >> 4;
  std::size_t at = 2;
  for (;;) {
    const auto interface_bytes = static_cast<std::size_t>(__builtin_popcount(announced));
    const bool more = (announced & 0x08) != 0;
    at += interface_bytes;
    if (at > atr.size()) return {};
    if (!more) break;
    announced = atr[at - 1] >> 4;
  }
  return count > atr.size() - at ? ByteView() : atr.subspan(at, count);
}

}  // namespace

CommandApdu select_fido() { return {kIsoClass, 0xa4, 0x04, 0x00, to_bytes(ByteView(kFidoAid))}; }

CommandApdu ctap_message(ByteView message) {
  return {kFidoClass, kNfcCtapMessage, kKnowsGetResponse, 0, to_bytes(message)};
}

CommandApdu ask_progress() { return {kFidoClass, kNfcCtapGetResponse, 0, 0, {}}; }
CommandApdu cancel_message() { return {kFidoClass, kNfcCtapGetResponse, kCancelled, 0, {}}; }

Result<CommandApdu> u2f_message(ByteView apdu) {
  Reader reader(apdu);
  HALLIGAN_TRY(const ByteView head, reader.take(4));
  CommandApdu command{head[0], head[1], head[2], head[3], {}};
  HALLIGAN_TRY(const std::uint8_t marker, reader.u8());
  if (marker != 0) return fail(Code::kBadInput, "U2F message with short lengths");
  // With data: its length, the data, and optionally the length of the response; without data: that length
  // alone.
  if (reader.left() == 2) return command;
  HALLIGAN_TRY(const std::uint16_t size, reader.u16());
  HALLIGAN_TRY(const ByteView data, reader.take(size));
  command.data = to_bytes(data);
  if (reader.left() != 0) HALLIGAN_CHECK(reader.take(2));
  HALLIGAN_CHECK(reader.done());
  return command;
}

std::vector<Bytes> command_apdus(const CommandApdu& command, bool extended) {
  if (extended) return {extended_apdu(command)};
  std::vector<Bytes> apdus;
  ByteView left = command.data;
  while (left.size() > kLongestShort) {
    apdus.push_back(short_apdu(command, left.first(kLongestShort), false));
    left = left.subspan(kLongestShort);
  }
  apdus.push_back(short_apdu(command, left, true));
  return apdus;
}

Result<> ResponseApdu::add(ByteView response) {
  if (response.size() < 2) {
    return fail(Code::kBadInput,
                "response of " + std::to_string(response.size()) + " bytes has no status word");
  }
  const ByteView part = response.first(response.size() - 2);
  if (part.size() > kLargest - data_.size()) return fail(Code::kBadInput, "response of more than 8192 bytes");
  if (status_ != 0 && part.empty())
    return fail(Code::kBadInput, "the card announced more data and sent none");
  const ByteView word = response.last(2);
  // ISO/IEC 7816-3, 12.2.1
  if (word[0] >> 4 != 6 && word[0] >> 4 != 9)
    return fail(Code::kBadInput, "response does not end with a status word");
  append(data_, part);
  status_ = static_cast<std::uint16_t>(word[0] << 8 | word[1]);
  return {};
}

Bytes ResponseApdu::next_part(std::uint8_t cla) const {
  return {cla, kGetResponse, 0, 0, static_cast<std::uint8_t>(status_)};
}

FidoVersion fido_version(const ResponseApdu& answer) {
  if (answer.status() != kSuccess) return FidoVersion::kNone;
  const std::string_view version = as_text(answer.data());
  if (version == "U2F_V2") return FidoVersion::kU2f;
  if (version == "FIDO_2_0") return FidoVersion::kFido2;
  return FidoVersion::kNone;
}

// ISO/IEC 7816-4, 8.1.1: a category byte, then compact TLV; the third byte of "card capabilities" (7) has it.
bool takes_extended_length(ByteView atr) {
  ByteView objects = historical_bytes(atr);
  constexpr std::uint8_t kStatusAtEnd = 0x00;
  constexpr std::uint8_t kObjectsOnly = 0x80;
  if (objects.empty() || (objects[0] != kStatusAtEnd && objects[0] != kObjectsOnly)) return false;
  if (objects[0] == kStatusAtEnd && objects.size() < 4) return false;
  objects = objects[0] == kStatusAtEnd ? objects.subspan(1, objects.size() - 4) : objects.subspan(1);
  while (!objects.empty()) {
    const std::uint8_t tag = objects[0] >> 4;
    const std::size_t size = objects[0] & 0x0f;
    if (size > objects.size() - 1) return false;
    if (tag == 7 && size == 3) return (objects[3] & 0x40) != 0;
    objects = objects.subspan(1 + size);
  }
  return false;
}

std::uint32_t properties_code(ByteView features) {
  constexpr std::uint8_t kGetTlvProperties = 0x12;
  constexpr std::size_t kEntry = 6;  // tag, length 4, control code big-endian
  for (; features.size() >= kEntry; features = features.subspan(kEntry)) {
    if (features[1] != 4) return 0;
    if (features[0] == kGetTlvProperties) return Reader(features.subspan(2)).u32().value_or(0);
  }
  return 0;
}

std::uint32_t largest_apdu_data(ByteView properties) {
  constexpr std::uint8_t kMaxApduDataSize = 10;
  while (properties.size() >= 2) {
    const std::uint8_t tag = properties[0];
    const std::size_t size = properties[1];
    if (size > properties.size() - 2) return 0;
    const ByteView value = properties.subspan(2, size);
    if (tag == kMaxApduDataSize && size == 4) {  // little-endian, unlike the control codes
      return static_cast<std::uint32_t>(value[0]) | static_cast<std::uint32_t>(value[1]) << 8 |
             static_cast<std::uint32_t>(value[2]) << 16 | static_cast<std::uint32_t>(value[3]) << 24;
    }
    properties = properties.subspan(2 + size);
  }
  return 0;
}

}  // namespace halligan::ctap
