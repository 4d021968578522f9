// What a transport is to the session: messages out of it, answers into it. CTAPHID has the names for both; a
// card knows its commands by other numbers and has no channels.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "softkey/settings.hpp"

namespace halligan::softkey {

/// Without the bit that marks an initialization packet.
enum class HidCommand : std::uint8_t {
  kPing = 0x01,
  kMsg = 0x03,
  kLock = 0x04,
  kInit = 0x06,
  kWink = 0x08,
  kCbor = 0x10,
  kCancel = 0x11,
  kKeepalive = 0x3b,
  kError = 0x3f,
};

enum class HidError : std::uint8_t {
  kInvalidCommand = 0x01,
  kInvalidParameter = 0x02,
  kInvalidLength = 0x03,
  kInvalidSequence = 0x04,
  kMessageTimeout = 0x05,
  kChannelBusy = 0x06,
  kInvalidChannel = 0x0b,
  kOther = 0x7f,
};

inline constexpr std::uint8_t kKeepaliveProcessing = 1;
inline constexpr std::uint8_t kKeepaliveUpNeeded = 2;

/// "CBOR", or "0x99".
std::string name(HidCommand command);
/// "INVALID_SEQ" and the like.
std::string_view name(HidError error);

struct HidMessage {
  std::uint32_t channel = 0;
  HidCommand command = HidCommand::kPing;
  Bytes payload;
};

class Transport {
 public:
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  /// A message whose next packet did not come in time ends here.
  virtual void tick(std::int64_t now_ms) = 0;
  /// When tick() is due.
  virtual std::optional<std::int64_t> deadline() const = 0;

  /// A complete message, once; its channel is busy until reply() or fail().
  virtual std::optional<HidMessage> take() = 0;
  virtual void reply(HidCommand command, ByteView payload, const Misbehaviour& how) = 0;
  virtual void fail(HidError error) = 0;
  /// Silence, deliberately: the channel is free again.
  virtual void abandon() = 0;
  virtual void keepalive(std::uint8_t status) = 0;

  /// The client does not want the message in work any more: it cancelled, and still gets an answer …
  virtual bool cancelled() const = 0;
  /// … or it began afresh, and does not.
  virtual bool aborted() const = 0;
  /// No other channel gets in until then; 0 s unlocks.
  virtual void lock(std::uint32_t channel, int seconds, std::int64_t now_ms) = 0;
};

}  // namespace halligan::softkey
