// CTAPHID: reports of 64 bytes in and out, messages in between. Pure: time is an argument. @source CTAP 2.1,
// section 11.2
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "softkey/settings.hpp"

namespace halligan::softkey {

inline constexpr std::size_t kReportSize = 64;
using Report = std::array<std::uint8_t, kReportSize>;

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

inline constexpr std::uint32_t kBroadcastChannel = 0xffffffff;
inline constexpr std::uint8_t kInitPacket = 0x80;
inline constexpr std::size_t kInitData = kReportSize - 7;
inline constexpr std::size_t kContinuationData = kReportSize - 5;
inline constexpr std::size_t kMaxHidMessage = kInitData + 128 * kContinuationData;  // 7609
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

class HidTransport {
 public:
  using Send = std::function<void(const Report&)>;
  /// INIT was answered on this channel; a broadcast one is a client that has just opened the token.
  using Initialized = std::function<void(std::uint32_t channel)>;

  /// @param settings which of CTAP2 and U2F the token speaks, and whether it winks
  HidTransport(Send send, Initialized initialized, const Settings& settings = {})
      : send_(std::move(send)),
        initialized_(std::move(initialized)),
        ctap2_(settings.speaks_ctap2()),
        u2f_(settings.speaks_u2f()),
        winks_(settings.winks) {}

  void receive(const Report& report, std::int64_t now_ms);
  /// A message whose next packet did not come in time ends here.
  void tick(std::int64_t now_ms);
  /// When tick() is due.
  std::optional<std::int64_t> deadline() const;

  /// A complete message, once; its channel is busy until reply() or fail().
  std::optional<HidMessage> take();
  void reply(HidCommand command, ByteView payload, const Misbehaviour& how = {});
  void fail(HidError error);
  /// Silence, deliberately: the channel is free again.
  void abandon() { busy_.reset(); }
  void keepalive(std::uint8_t status);

  /// The client does not want the message in work any more: CANCEL, which still gets an answer …
  bool cancelled() const { return busy_ && busy_->cancelled; }
  /// … or INIT on its channel, which does not.
  bool aborted() const { return !busy_; }
  /// No other channel gets in until then; 0 s unlocks.
  void lock(std::uint32_t channel, int seconds, std::int64_t now_ms);

 private:
  struct Incoming {
    HidMessage message;
    std::size_t expected = 0;
    std::uint8_t next_sequence = 0;
    std::int64_t deadline_ms = 0;
  };
  struct Busy {
    std::uint32_t channel = 0;
    bool cancelled = false;
  };

  void receive_init_packet(std::uint32_t channel, const Report& report, std::int64_t now_ms);
  void receive_continuation(std::uint32_t channel, const Report& report, std::int64_t now_ms);
  void initialize(std::uint32_t channel, ByteView nonce);
  void complete();
  std::optional<std::pair<std::size_t, std::size_t>> allowed_length(HidCommand command) const;
  bool known(std::uint32_t channel) const { return channel != 0 && channel <= last_channel_; }
  bool locked_out(std::uint32_t channel, std::int64_t now_ms) const;
  void error(std::uint32_t channel, HidError error);
  void transmit(std::uint32_t channel, HidCommand command, ByteView payload, const Misbehaviour& how = {});

  Send send_;
  Initialized initialized_;
  bool ctap2_;
  bool u2f_;
  bool winks_;
  std::uint32_t last_channel_ = 0;
  std::optional<Incoming> incoming_;
  std::optional<HidMessage> ready_;
  std::optional<Busy> busy_;
  std::uint32_t lock_channel_ = 0;
  std::int64_t lock_until_ms_ = 0;
};

}  // namespace halligan::softkey
