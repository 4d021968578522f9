// The commands of U2F (CTAP1): ISO 7816-4 APDUs, short or extended. @source FIDO U2F Raw Message Formats 1.2,
// section 3; ISO/IEC 7816-4:2013, section 5.2
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "softkey/status.hpp"

namespace halligan::softkey {

/// The two bytes at the end of every answer.
enum class StatusWord : std::uint16_t {
  kOk = 0x9000,
  kWrongLength = 0x6700,
  kConditionsNotSatisfied = 0x6985,  ///< not touched yet; of check-only: the handle is known
  kLastOfChainExpected = 0x6883,
  kWrongData = 0x6a80,  ///< no handle of this token and application
  kNotFound = 0x6a82,   ///< of SELECT: no such applet
  kWrongParameters = 0x6a86,
  kInsNotSupported = 0x6d00,
  kClaNotSupported = 0x6e00,
  kUnknown = 0x6f00,
};

/// "CONDITIONS_NOT_SATISFIED".
std::string_view name(StatusWord status);

enum class U2fCommand : std::uint8_t { kRegister = 0x01, kAuthenticate = 0x02, kVersion = 0x03 };

/// P1 of U2F_AUTHENTICATE.
enum class U2fControl : std::uint8_t { kEnforce = 0x03, kCheckOnly = 0x07, kDontEnforce = 0x08 };

struct Apdu {
  std::uint8_t cla = 0;
  std::uint8_t ins = 0;
  std::uint8_t p1 = 0;
  std::uint8_t p2 = 0;
  Bytes data;  ///< at most 255 bytes in the short form, 65535 in the extended one
  bool extended = true;
  std::optional<std::uint32_t> longest_answer;  ///< Le: 1..256 or 1..65536; none: no answer is expected

  /// One whole APDU, nothing behind. Clients (python3-fido2 is one) also send the extended form with an empty
  /// field of data, Lc = 0 and Le, which 7816-4 does not have; it is taken for the one without the field.
  static tl::expected<Apdu, StatusWord> parse(ByteView encoded);
  Bytes encode() const;
};

}  // namespace halligan::softkey
