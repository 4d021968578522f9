// CTAPHID: any stream of reports. Each record is a time step (in units of 10 ms), a flag byte and a report;
// the client has two channels, 1 and 2, so that sequences make sense.
#include <algorithm>
#include <cstdlib>

#include "softkey/hid_transport.hpp"

using namespace halligan;
using namespace halligan::softkey;

namespace {

constexpr std::size_t kRecord = 2 + kReportSize;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::size_t sent = 0;
  std::size_t open_channels = 0;
  HidTransport transport(
      [&](const Report& report) {
        ++sent;
        // An announced length is always one that the protocol can carry.
        if ((report[4] & kInitPacket) != 0)
          require(static_cast<std::size_t>(report[5] << 8 | report[6]) <= kMaxHidMessage);
      },
      [&](std::uint32_t channel) { open_channels += channel == kBroadcastChannel ? 1 : 0; });
  Report init{0xff, 0xff, 0xff, 0xff, 0x86, 0, 8};
  std::int64_t now = 0;
  transport.receive(init, now);
  transport.receive(init, now);
  require(sent == 2 && open_channels == 2);

  for (ByteView rest(data, size); rest.size() >= kRecord; rest = rest.subspan(kRecord)) {
    now += rest[0] * 10;
    const std::uint8_t flags = rest[1];
    Report report{};
    std::copy_n(rest.begin() + 2, kReportSize, report.begin());
    sent = 0;
    transport.receive(report, now);
    transport.tick(now);
    require(sent <= 2);  // the end of a message that came too late, and an answer to this packet
    require(!transport.deadline() || *transport.deadline() > now);

    if (const auto message = transport.take()) {
      require(message->payload.size() <= kMaxHidMessage && message->channel >= 1 &&
              message->channel <= open_channels);
      require(!transport.take() && !transport.aborted() && !transport.cancelled());
      if ((flags & 1) != 0) continue;  // this one takes longer
      sent = 0;
      transport.reply(message->command, message->payload);
      const std::size_t size_of = message->payload.size();
      require(
          sent ==
          1 + (size_of > kInitData ? (size_of - kInitData + kContinuationData - 1) / kContinuationData : 0));
    } else if ((flags & 2) != 0) {
      transport.keepalive(kKeepaliveUpNeeded);
    } else if ((flags & 4) != 0) {
      transport.fail(HidError::kOther);
      require(transport.aborted());
    } else if ((flags & 8) != 0) {
      transport.lock(1, flags >> 4, now);
    }
  }
  return 0;
}
