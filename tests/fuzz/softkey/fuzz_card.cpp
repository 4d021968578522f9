// A card and its reader: the stream of a reader's frames. A frame of more than one byte is an APDU; the
// message that it completes is answered at once, later or never, as its first byte says.
#include <cstdlib>

#include "softkey/card/applet.hpp"
#include "softkey/card/vpcd_front.hpp"

using namespace halligan;
using namespace halligan::softkey;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::size_t answers = 0;
  Applet applet(
      Settings(), true,
      [&](ByteView answer, FrameFault) {
        ++answers;
        require(answer.size() >= 2 && answer.size() <= 65538);
      },
      [](std::size_t answer) { require(answer == 6); });
  FrameStream stream;
  stream.receive({data, size}, [&](ByteView frame) {
    if (frame.size() == 1) return applet.power_up();
    answers = 0;
    applet.receive(frame);
    require(answers <= 1);
    (void)applet.take_power_up();
    if (const auto message = applet.take()) {
      require(answers == 0 && !message->payload.empty() && !applet.aborted());
      applet.keepalive(kKeepaliveUpNeeded);
      if (message->payload[0] % 3 == 0)
        applet.reply(message->command, Bytes(message->payload[0] * 10U + 1U), {});
      if (message->payload[0] % 3 == 1) applet.abandon();
    } else if (!applet.aborted() && applet.cancelled()) {
      applet.reply(HidCommand::kCbor, Bytes{0x2d}, {});
      require(applet.aborted());
    }
  });
  return 0;
}
