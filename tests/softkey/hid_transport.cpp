#include "softkey/hid_transport.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/reader.hpp"

namespace halligan::softkey {
namespace {

constexpr std::int64_t kPacketTimeoutMs = 500;
constexpr std::uint8_t kProtocolVersion = 2;
constexpr std::uint8_t kCapabilityWink = 0x01;
constexpr std::uint8_t kCapabilityCbor = 0x04;
constexpr std::uint8_t kCapabilityNoMessages = 0x08;

}  // namespace

std::string name(HidCommand command) {
  switch (command) {
    case HidCommand::kPing:
      return "PING";
    case HidCommand::kMsg:
      return "MSG";
    case HidCommand::kLock:
      return "LOCK";
    case HidCommand::kInit:
      return "INIT";
    case HidCommand::kWink:
      return "WINK";
    case HidCommand::kCbor:
      return "CBOR";
    case HidCommand::kCancel:
      return "CANCEL";
    case HidCommand::kKeepalive:
      return "KEEPALIVE";
    case HidCommand::kError:
      return "ERROR";
  }
  return fmt::format("0x{:02x}", static_cast<unsigned>(command));
}

std::string_view name(HidError error) {
  switch (error) {
    case HidError::kInvalidCommand:
      return "INVALID_CMD";
    case HidError::kInvalidParameter:
      return "INVALID_PAR";
    case HidError::kInvalidLength:
      return "INVALID_LEN";
    case HidError::kInvalidSequence:
      return "INVALID_SEQ";
    case HidError::kMessageTimeout:
      return "MSG_TIMEOUT";
    case HidError::kChannelBusy:
      return "CHANNEL_BUSY";
    case HidError::kInvalidChannel:
      return "INVALID_CHANNEL";
    case HidError::kOther:
      return "OTHER";
  }
  return "?";
}

void HidTransport::receive(const Report& report, std::int64_t now_ms) {
  tick(now_ms);
  Reader reader{ByteView(report)};
  const std::uint32_t channel = reader.u32().value_or(0);
  if ((report[4] & kInitPacket) != 0)
    receive_init_packet(channel, report, now_ms);
  else
    receive_continuation(channel, report, now_ms);
}

/// The lengths that a command may announce. Nothing: the command is not ours.
std::optional<std::pair<std::size_t, std::size_t>> HidTransport::allowed_length(HidCommand command) const {
  switch (command) {
    case HidCommand::kPing:
      return {{0, kMaxHidMessage}};
    case HidCommand::kCbor:
      if (!ctap2_) return std::nullopt;
      return {{1, kMaxHidMessage}};
    case HidCommand::kMsg:
      if (!u2f_) return std::nullopt;
      return {{1, kMaxHidMessage}};
    case HidCommand::kWink:
      return {{0, 0}};
    case HidCommand::kLock:
      return {{1, 1}};
    default:
      return std::nullopt;
  }
}

bool HidTransport::locked_out(std::uint32_t channel, std::int64_t now_ms) const {
  return lock_channel_ != 0 && lock_channel_ != channel && now_ms < lock_until_ms_;
}

void HidTransport::receive_init_packet(std::uint32_t channel, const Report& report, std::int64_t now_ms) {
  const auto command = static_cast<HidCommand>(report[4] & ~kInitPacket);
  const auto size = static_cast<std::size_t>(report[5] << 8 | report[6]);
  const ByteView data = ByteView(report).subspan(7);

  if (command == HidCommand::kInit && (channel == kBroadcastChannel || known(channel))) {
    if (size != 8) return error(channel, HidError::kInvalidLength);
    if (locked_out(channel, now_ms)) return error(channel, HidError::kChannelBusy);
    return initialize(channel, data.first(8));
  }
  if (!known(channel)) return error(channel, HidError::kInvalidChannel);
  if (command == HidCommand::kCancel) {
    if (busy_ && busy_->channel == channel) busy_->cancelled = true;
    // It may come in one breath with the message, before anybody has taken that.
    if (ready_ && ready_->channel == channel) ready_cancelled_ = true;
    return;  // CANCEL itself is never answered
  }
  if (incoming_ && incoming_->message.channel == channel) {
    incoming_.reset();
    return error(channel, HidError::kInvalidSequence);
  }
  if (incoming_ || busy_ || ready_ || locked_out(channel, now_ms))
    return error(channel, HidError::kChannelBusy);

  const auto allowed = allowed_length(command);
  if (!allowed || (command == HidCommand::kWink && !winks_)) return error(channel, HidError::kInvalidCommand);
  if (size < allowed->first || size > allowed->second) return error(channel, HidError::kInvalidLength);
  incoming_ = Incoming{{channel, command, {}}, size, 0, now_ms + kPacketTimeoutMs};
  append(incoming_->message.payload, data.first(std::min(size, data.size())));
  complete();
}

void HidTransport::receive_continuation(std::uint32_t channel, const Report& report, std::int64_t now_ms) {
  // A packet that continues nothing is left over from something that ended: ignored, as the specification
  // says.
  if (!incoming_ || incoming_->message.channel != channel) return;
  if (report[4] != incoming_->next_sequence) {
    incoming_.reset();
    return error(channel, HidError::kInvalidSequence);
  }
  ++incoming_->next_sequence;
  incoming_->deadline_ms = now_ms + kPacketTimeoutMs;
  const ByteView data = ByteView(report).subspan(5);
  const std::size_t missing = incoming_->expected - incoming_->message.payload.size();
  append(incoming_->message.payload, data.first(std::min(missing, data.size())));
  complete();
}

void HidTransport::complete() {
  if (incoming_->message.payload.size() < incoming_->expected) return;
  ready_ = std::move(incoming_->message);
  ready_cancelled_ = false;
  incoming_.reset();
}

/// On a channel: forget what it was doing. Broadcast: a new channel. Either way 17 bytes.
void HidTransport::initialize(std::uint32_t channel, ByteView nonce) {
  std::uint32_t given = channel;
  if (channel == kBroadcastChannel) {
    given = ++last_channel_;
  } else {
    if (incoming_ && incoming_->message.channel == channel) incoming_.reset();
    if (ready_ && ready_->channel == channel) ready_.reset();
    if (busy_ && busy_->channel == channel) busy_.reset();
  }
  initialized_(channel);
  Bytes answer = to_bytes(nonce);
  for (int shift = 24; shift >= 0; shift -= 8) answer.push_back(static_cast<std::uint8_t>(given >> shift));
  const auto capabilities = static_cast<std::uint8_t>(
      (winks_ ? kCapabilityWink : 0) | (ctap2_ ? kCapabilityCbor : 0) | (u2f_ ? 0 : kCapabilityNoMessages));
  append(answer, Bytes{kProtocolVersion, 0, 1, 0, capabilities});
  transmit(channel, HidCommand::kInit, answer);
}

void HidTransport::tick(std::int64_t now_ms) {
  if (!incoming_ || now_ms < incoming_->deadline_ms) return;
  const std::uint32_t channel = incoming_->message.channel;
  incoming_.reset();
  error(channel, HidError::kMessageTimeout);
}

std::optional<std::int64_t> HidTransport::deadline() const {
  if (!incoming_) return std::nullopt;
  return incoming_->deadline_ms;
}

std::optional<HidMessage> HidTransport::take() {
  if (!ready_) return std::nullopt;
  busy_ = Busy{ready_->channel, ready_cancelled_};
  return std::exchange(ready_, std::nullopt);
}

void HidTransport::reply(HidCommand command, ByteView payload, const Misbehaviour& how) {
  if (!busy_) return;
  const std::uint32_t channel = busy_->channel;
  busy_.reset();
  transmit(channel, command, payload, how);
}

void HidTransport::fail(HidError error) {
  const auto code = static_cast<std::uint8_t>(error);
  reply(HidCommand::kError, ByteView(&code, 1));
}

void HidTransport::keepalive(std::uint8_t status) {
  if (busy_) transmit(busy_->channel, HidCommand::kKeepalive, ByteView(&status, 1));
}

void HidTransport::lock(std::uint32_t channel, int seconds, std::int64_t now_ms) {
  lock_channel_ = seconds == 0 ? 0 : channel;
  lock_until_ms_ = now_ms + seconds * 1000;
}

void HidTransport::error(std::uint32_t channel, HidError error) {
  const auto code = static_cast<std::uint8_t>(error);
  transmit(channel, HidCommand::kError, ByteView(&code, 1));
}

void HidTransport::transmit(std::uint32_t channel, HidCommand command, ByteView payload,
                            const Misbehaviour& how) {
  if (how.wrong_channel) channel ^= 0x5a5a5a5a;
  const std::size_t announced = how.oversized_length ? 0xffff : payload.size();
  Report report{};
  for (int i = 0; i < 4; ++i)
    report[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(channel >> (24 - 8 * i));
  report[4] = static_cast<std::uint8_t>(command) | kInitPacket;
  report[5] = static_cast<std::uint8_t>(announced >> 8);
  report[6] = static_cast<std::uint8_t>(announced);
  std::size_t taken = std::min(payload.size(), kInitData);
  std::copy_n(payload.begin(), taken, report.begin() + 7);
  send_(report);
  for (std::uint8_t sequence = 0; taken < payload.size(); ++sequence) {
    std::fill(report.begin() + 4, report.end(), std::uint8_t{0});
    report[4] = how.wrong_sequence ? static_cast<std::uint8_t>(sequence + 1) : sequence;
    const std::size_t part = std::min(payload.size() - taken, kContinuationData);
    std::copy_n(payload.begin() + static_cast<std::ptrdiff_t>(taken), part, report.begin() + 5);
    send_(report);
    taken += part;
  }
}

}  // namespace halligan::softkey
