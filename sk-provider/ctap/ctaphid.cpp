#include "ctap/ctaphid.hpp"

#include <algorithm>

namespace halligan::ctaphid {
namespace {

// Bit 7 of the fifth byte marks an initialization packet, which has a command and a length.
constexpr std::uint8_t kFirstBit = 0x80;
constexpr std::size_t kFirstHeader = 7;
constexpr std::size_t kNextHeader = 5;

}  // namespace

Report make_packet(const Channel& channel, std::uint8_t command, ByteView message, std::size_t index) {
  Report report{};
  std::copy(channel.begin(), channel.end(), report.begin());
  std::size_t header = kNextHeader;
  std::size_t from = 0;
  if (index == 0) {
    header = kFirstHeader;
    report[4] = kFirstBit | command;
    report[5] = static_cast<std::uint8_t>(message.size() >> 8);
    report[6] = static_cast<std::uint8_t>(message.size());
  } else {
    from = (kReportSize - kFirstHeader) + (index - 1) * (kReportSize - kNextHeader);
    report[4] = static_cast<std::uint8_t>(index - 1);
  }
  const ByteView part = message.subspan(from, std::min(message.size() - from, kReportSize - header));
  std::copy(part.begin(), part.end(), report.begin() + static_cast<std::ptrdiff_t>(header));
  return report;
}

Assembler::State Assembler::first(const Report& report) {
  const auto command = static_cast<std::uint8_t>(report[4] & ~kFirstBit);
  if ((report[4] & kFirstBit) == 0) return State::kIgnored;  // the rest of an answer that was abandoned
  const std::size_t length = static_cast<std::size_t>(report[5]) << 8 | report[6];
  if (command == kKeepaliveCommand || command == kErrorCommand) {
    if (length != 1) return State::kBroken;
    code_ = report[7];
    return command == kErrorCommand ? State::kError : State::kKeepalive;
  }
  if (command != command_ || length > buffer_.size()) return State::kBroken;
  begun_ = true;
  size_ = length;
  return State::kMore;
}

Assembler::State Assembler::take(const Report& report) {
  if (!std::equal(channel_.begin(), channel_.end(), report.begin())) return State::kIgnored;
  std::size_t header = kNextHeader;
  if (!begun_) {
    if (const State state = first(report); state != State::kMore) return state;
    header = kFirstHeader;
  } else if (report[4] != next_++) {
    return State::kBroken;
  }
  const std::size_t count = std::min(size_ - have_, kReportSize - header);
  std::copy_n(report.begin() + static_cast<std::ptrdiff_t>(header), count,
              buffer_.begin() + static_cast<std::ptrdiff_t>(have_));
  have_ += count;
  return have_ == size_ ? State::kDone : State::kMore;
}

}  // namespace halligan::ctaphid
