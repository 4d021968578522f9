// CTAPHID: reports of 64 bytes in and out, messages in between. Pure: time is an argument. @source CTAP 2.1,
// section 11.2
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>

#include "softkey/transport.hpp"

namespace halligan::softkey {

inline constexpr std::size_t kReportSize = 64;
using Report = std::array<std::uint8_t, kReportSize>;

inline constexpr std::uint32_t kBroadcastChannel = 0xffffffff;
inline constexpr std::uint8_t kInitPacket = 0x80;
inline constexpr std::size_t kInitData = kReportSize - 7;
inline constexpr std::size_t kContinuationData = kReportSize - 5;
inline constexpr std::size_t kMaxHidMessage = kInitData + 128 * kContinuationData;  // 7609

class HidTransport : public Transport {
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
  void tick(std::int64_t now_ms) override;
  std::optional<std::int64_t> deadline() const override;

  std::optional<HidMessage> take() override;
  void reply(HidCommand command, ByteView payload, const Misbehaviour& how) override;
  void reply(HidCommand command, ByteView payload) { reply(command, payload, {}); }
  void fail(HidError error) override;
  void abandon() override { busy_.reset(); }
  void keepalive(std::uint8_t status) override;

  /// By CANCEL …
  bool cancelled() const override { return busy_ && busy_->cancelled; }
  /// … or INIT on its channel.
  bool aborted() const override { return !busy_; }
  void lock(std::uint32_t channel, int seconds, std::int64_t now_ms) override;

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
  bool ready_cancelled_ = false;
  std::optional<Busy> busy_;
  std::uint32_t lock_channel_ = 0;
  std::int64_t lock_until_ms_ = 0;
};

}  // namespace halligan::softkey
