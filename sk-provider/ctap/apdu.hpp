// Command and response APDUs of FIDO cards, as bytes: pure, no reader needed.
// @source CTAP 2.1, section 11.3 (ISO 7816 and NFC); ISO/IEC 7816-4:2013, section 5
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace halligan::ctap {

struct CommandApdu {
  std::uint8_t cla = 0;
  std::uint8_t ins = 0;
  std::uint8_t p1 = 0;
  std::uint8_t p2 = 0;
  Bytes data;  ///< at most 65535 bytes
};

/// SELECT of the FIDO applet; the response is its version, see fido_version().
CommandApdu select_fido();
/// One CTAP message, command byte first; announces that we can ask for its progress.
CommandApdu ctap_message(ByteView message);
/// Is it done? The response is that of the message, or kStatusUpdate and one byte as in a CTAPHID keep-alive.
CommandApdu ask_progress();
/// The same, and cancel the message.
CommandApdu cancel_message();
/// A U2F message, which is already an extended APDU. @errors kBadInput: wrong lengths
Result<CommandApdu> u2f_message(ByteView apdu);

/// The APDUs to send in turn: a single one with lengths of two bytes if `extended`, else short ones, each but
/// the last marked as chained and answered with 9000.
std::vector<Bytes> command_apdus(const CommandApdu& command, bool extended);

inline constexpr std::uint16_t kSuccess = 0x9000;
inline constexpr std::uint16_t kStatusUpdate = 0x9100;
inline constexpr std::uint16_t kWrongLength = 0x6700;

/// One response, assembled from its parts.
class ResponseApdu {
 public:
  /// The longest CTAP message on any transport has 7609 bytes; an endless one is cut off here.
  static constexpr std::size_t kLargest = 8192;

  /// Add a part. @errors kBadInput: no status word at the end, larger than kLargest in all, or an empty part
  Result<> add(ByteView response);
  /// Nothing has arrived yet, or the card has more.
  bool incomplete() const { return status_ == 0 || status_ >> 8 == kMoreData; }
  /// GET RESPONSE for the next part, in the class of the command.
  Bytes next_part(std::uint8_t cla) const;

  const Bytes& data() const { return data_; }
  std::uint16_t status() const { return status_; }

 private:
  static constexpr std::uint8_t kMoreData = 0x61;
  Bytes data_;
  std::uint16_t status_ = 0;
};

enum class FidoVersion { kNone, kU2f, kFido2 };

/// From the response to SELECT: "U2F_V2" has U2F and possibly CTAP2, "FIDO_2_0" CTAP2 alone.
FidoVersion fido_version(const ResponseApdu& answer);

/// Does the card announce lengths of two bytes? @param atr its answer to reset, from any source
bool takes_extended_length(ByteView atr);

/// From a reader's answer to GET_FEATURE_REQUEST: the control code for its properties, 0 if there is none.
/// @source PC/SC Workgroup part 10, section 2.2
std::uint32_t properties_code(ByteView features);
/// From a reader's properties: how many bytes of data an APDU may carry, 0 if unknown.
std::uint32_t largest_apdu_data(ByteView properties);

}  // namespace halligan::ctap
