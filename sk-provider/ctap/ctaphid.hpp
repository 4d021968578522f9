// CTAPHID (CTAP 2.1, 11.2.4): messages as packets, one HID report of 64 bytes each. Pure: no I/O, no clock.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"

namespace halligan::ctaphid {

inline constexpr std::size_t kReportSize = 64;
/// An initialization packet and 128 continuation packets.
inline constexpr std::size_t kLargestMessage = (kReportSize - 7) + 128 * (kReportSize - 5);

using Report = std::array<std::uint8_t, kReportSize>;
using Channel = std::array<std::uint8_t, 4>;
inline constexpr Channel kBroadcast{0xff, 0xff, 0xff, 0xff};

inline constexpr std::uint8_t kKeepaliveCommand = 0x3b;
inline constexpr std::uint8_t kErrorCommand = 0x3f;
inline constexpr std::uint8_t kChannelBusy = 0x06;         ///< of an ERROR
inline constexpr std::uint8_t kUserPresenceNeeded = 0x02;  ///< of a KEEPALIVE

/// How many packets a message takes.
constexpr std::size_t packets_of(std::size_t message_size) {
  constexpr std::size_t kFirst = kReportSize - 7;
  constexpr std::size_t kNext = kReportSize - 5;
  return message_size <= kFirst ? 1 : 1 + (message_size - kFirst + kNext - 1) / kNext;
}

/// Packet number `index` of a message of up to kLargestMessage bytes, padded with zeros.
Report make_packet(const Channel& channel, std::uint8_t command, ByteView message, std::size_t index);

/// Assembles one answer from its packets.
class Assembler {
 public:
  enum class State {
    kMore,       ///< more packets follow
    kDone,       ///< size() bytes of the answer are in the buffer
    kIgnored,    ///< the packet belongs to another transaction: nothing changed
    kKeepalive,  ///< code() is what the token is doing
    kError,      ///< code() is why there is no answer
    kBroken,     ///< not CTAPHID, or longer than the buffer
  };

  /// @param buffer receives the answer; must outlive this
  Assembler(const Channel& channel, std::uint8_t command, std::span<std::uint8_t> buffer)
      : channel_(channel), command_(command), buffer_(buffer) {}

  State take(const Report& report);

  std::size_t size() const { return size_; }
  std::uint8_t code() const { return code_; }

 private:
  State first(const Report& report);

  Channel channel_;
  std::uint8_t command_;
  std::span<std::uint8_t> buffer_;
  bool begun_ = false;
  std::size_t size_ = 0;  // of the whole answer
  std::size_t have_ = 0;  // of it
  std::uint8_t next_ = 0;
  std::uint8_t code_ = 0;
};

}  // namespace halligan::ctaphid
