#include "softkey/card/card_link.hpp"

#include "base/log.hpp"

namespace halligan::softkey {
namespace {
constexpr std::size_t kSelectLength = 14;
}

CardLink::CardLink(VpcdFront front, const Settings& settings, bool extended_length)
    : front_(std::move(front)),
      applet_(
          settings, extended_length, [this](ByteView apdu, FrameFault fault) { front_.send(apdu, fault); },
          [this](std::size_t size) { opened(0, kSelectLength, size); }) {}

Result<> CardLink::receive(std::int64_t) {
  return front_.receive([this](ByteView frame) { answer(frame); });
}

void CardLink::answer(ByteView frame) {
  if (frame.size() != 1) return applet_.receive(frame);
  switch (static_cast<ReaderWord>(frame[0])) {
    case ReaderWord::kGetAtr:
      return front_.send(applet_.answer_to_reset(), FrameFault::kNone);
    case ReaderWord::kPowerOn:
    case ReaderWord::kReset:
      return applet_.power_up();
    case ReaderWord::kPowerOff:
      return;  // nothing is forgotten that power_up() does not forget
  }
}

Result<> CardLink::move() {
  if (front_.fd() < 0) {
    HALLIGAN_CHECK(front_.put_in());
    say("in the reader at " + front_.address());
    return {};
  }
  front_.pull();
  applet_.power_up();  // whoever waits for an answer does so in vain
  say("out of the reader at " + front_.address());
  return {};
}

}  // namespace halligan::softkey
