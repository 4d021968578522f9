// What is said to a FIDO card and what it answers, as bytes: pure, no reader needed.
// @source CTAP 2.1, section 11.3 (ISO 7816 and NFC); ISO/IEC 7816-4:2013, section 5
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace halligan::ctap {

struct CardCommand {
  std::uint8_t cla = 0;
  std::uint8_t ins = 0;
  std::uint8_t p1 = 0;
  std::uint8_t p2 = 0;
  Bytes data;  ///< at most 65535 bytes
};

/// SELECT of the FIDO applet; the answer is its version, see fido_version().
CardCommand select_fido();
/// One CTAP message, command byte first; says that we know how to ask for its progress.
CardCommand ctap_message(ByteView message);
/// Is it done? Answered by the message's answer, or by kStatusUpdate and one byte as in a CTAPHID keep-alive.
CardCommand ask_progress();
/// The same, and the message is no longer wanted.
CardCommand cancel_message();
/// A U2F message, which is an extended APDU already. @errors kBadInput: its lengths are wrong
Result<CardCommand> u2f_message(ByteView apdu);

/// The APDUs to send one after the other: a single one with lengths of two bytes if `extended`, else short
/// ones, each but the last marked as going on in the next and answered 9000.
std::vector<Bytes> command_apdus(const CardCommand& command, bool extended);

inline constexpr std::uint16_t kSuccess = 0x9000;
inline constexpr std::uint16_t kStatusUpdate = 0x9100;
inline constexpr std::uint16_t kWrongLength = 0x6700;

/// One answer, put together from its parts.
class CardAnswer {
 public:
  /// The longest CTAP message on any transport is 7609 bytes; one of a card that never ends is cut off here.
  static constexpr std::size_t kLargest = 8192;

  /// A response APDU.
  /// @errors kBadInput: no status word at the end, larger than kLargest in all, or a part that brings
  /// nothing
  Result<> add(ByteView response);
  /// Nothing has come, or the card has more.
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

/// What the answer to SELECT says: "U2F_V2" has U2F and maybe CTAP2, "FIDO_2_0" CTAP2 alone.
FidoVersion fido_version(const CardAnswer& answer);

/// Does the card say that it takes lengths of two bytes? @param atr its answer to reset, from anywhere
bool takes_extended_length(ByteView atr);

/// Out of a reader's answer to GET_FEATURE_REQUEST: the control code that gives its properties, 0 if there is
/// none.
/// @source PC/SC Workgroup part 10, section 2.2
std::uint32_t properties_code(ByteView features);
/// Out of a reader's properties: how many bytes of data an APDU may carry, 0 if it does not say.
std::uint32_t largest_apdu_data(ByteView properties);

}  // namespace halligan::ctap
