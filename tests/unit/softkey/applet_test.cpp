#include "softkey/card/applet.hpp"

#include <catch2/catch.hpp>

#include "softkey/card/vpcd_front.hpp"
#include "softkey/touch_source.hpp"

using namespace halligan;
using namespace halligan::softkey;

namespace {

Bytes response(ByteView data, std::uint16_t status_word) {
  Bytes apdu = to_bytes(data);
  append(apdu, Bytes{static_cast<std::uint8_t>(status_word >> 8), static_cast<std::uint8_t>(status_word)});
  return apdu;
}

const Bytes kSelectFido{0, 0xa4, 4, 0, 8, 0xa0, 0, 0, 6, 0x47, 0x2f, 0, 1};

/// A card that was powered and the answers that it gave.
struct Card {
  explicit Card(bool extended = true, const Settings& settings = {})
      : applet(
            settings, extended, [this](ByteView answer, FrameFault) { answers.push_back(to_bytes(answer)); },
            [this](std::size_t) { ++selected; }) {
    applet.power_up();
    REQUIRE(applet.take_power_up());
  }

  std::vector<Bytes> answers;
  int selected = 0;
  Applet applet;

  Bytes ask(ByteView apdu) {
    answers.clear();
    applet.receive(apdu);
    return answers.empty() ? Bytes() : answers.back();
  }
  void select() { REQUIRE(ask(kSelectFido) == Bytes{'U', '2', 'F', '_', 'V', '2', 0x90, 0}); }
};

}  // namespace

TEST_CASE("what is not the applet's gets its status word", "[applet]") {
  struct Row {
    Bytes apdu;
    bool selected;
    std::uint16_t status;
  };
  const auto row = GENERATE(values<Row>({
      {{0, 0xa4, 4, 0, 1, 7}, false, 0x6a82},
      {{0, 0xa4, 0, 0, 2, 0x3f, 0}, false, 0x6a86},
      {{0x80, 0x10, 0, 0, 1, 4, 0}, false, 0x6985},
      {{0x80, 0x10, 0, 1, 1, 4, 0}, true, 0x6a86},
      {{0x80, 0x10, 0, 0, 0}, true, 0x6700},
      {{0x80, 0x10, 0, 0, 2, 4}, true, 0x6700},
      {{0x80, 0x11, 0, 0, 0}, true, 0x6985},
      {{0x80, 0x12, 2, 0}, true, 0x6a86},
      {{0x80, 0x12, 1, 0}, true, 0x9000},
      {{0x80, 0x99, 0, 0}, true, 0x6d00},
      {{0, 0xb0, 0, 0, 0}, true, 0x6d00},
      {{0x90, 0x11, 0, 0, 0}, true, 0x6e00},
      {{0x70, 0x10, 0, 0}, true, 0x6e00},
      {{0, 0xc0, 0, 0, 0}, true, 0x6985},
      {{0, 0xc0, 1, 0, 0}, true, 0x6a86},
  }));
  Card card;
  if (row.selected) card.select();
  CHECK(card.ask(row.apdu) == response({}, row.status));
  CHECK_FALSE(card.applet.take());
}

TEST_CASE("a message comes whole, short, chained or extended", "[applet]") {
  const Bytes message(300, 9);
  Card card;
  card.select();
  CHECK(card.selected == 1);
  SECTION("chained") {
    Bytes first{0x90, 0x10, 0, 0, 200};
    append(first, ByteView(message).first(200));
    Bytes last{0x80, 0x10, 0, 0, 100};
    append(last, ByteView(message).first(100));
    last.push_back(0);
    CHECK(card.ask(first) == response({}, 0x9000));
    CHECK_FALSE(card.applet.take());
    CHECK(card.ask(last).empty());
  }
  SECTION("extended") { CHECK(card.ask(Apdu{0x80, 0x10, 0, 0, message, true, 65536}.encode()).empty()); }
  const auto taken = card.applet.take();
  REQUIRE(taken);
  CHECK(taken->command == HidCommand::kCbor);
  CHECK(taken->payload == message);
}

TEST_CASE("U2F commands are messages of their own, with their own status words", "[applet]") {
  Card card;
  card.select();
  SECTION("chained") {
    CHECK(card.ask(Bytes{0x10, 1, 0, 0, 2, 1, 2}) == response({}, 0x9000));
    CHECK(card.ask(Bytes{0, 1, 0, 0, 1, 3, 0}).empty());
    CHECK(card.applet.take()->payload == Apdu{0, 1, 0, 0, {1, 2, 3}, true, 256}.encode());
  }
  SECTION("answered") {
    CHECK(card.ask(Bytes{0, 3, 0, 0, 0}).empty());
    CHECK(card.applet.take()->command == HidCommand::kMsg);
    card.answers.clear();
    card.applet.reply(HidCommand::kMsg, Bytes{'x', 0x90, 0}, {});
    CHECK(card.answers.back() == response(Bytes{'x'}, 0x9000));
  }
  SECTION("refused") {
    CHECK(card.ask(Bytes{0, 2, 3, 0, 1, 9, 0}).empty());
    REQUIRE(card.applet.take());
    card.answers.clear();
    card.applet.reply(HidCommand::kMsg, Bytes{0x69, 0x85}, {});
    CHECK(card.answers.back() == response({}, 0x6985));
  }
}

TEST_CASE("a card says what it speaks, and keeps to it", "[applet]") {
  Settings settings;
  SECTION("CTAP2 alone") {
    settings.always_uv = true;
    Card card(true, settings);
    const Bytes answer = card.ask(kSelectFido);
    CHECK(as_text(answer).starts_with("FIDO_2_0"));
    CHECK(card.ask(Bytes{0, 3, 0, 0, 0}) == response({}, 0x6d00));
  }
  SECTION("U2F alone") {
    settings.ctap = CtapVersion::kU2f;
    Card card(true, settings);
    card.select();
    CHECK(card.ask(Bytes{0x80, 0x10, 0, 0, 1, 4, 0}) == response({}, 0x6d00));
  }
}

TEST_CASE("a chain is not interrupted", "[applet]") {
  Card card;
  card.select();
  CHECK(card.ask(Bytes{0x90, 0x10, 0, 0, 1, 4}) == response({}, 0x9000));
  CHECK(card.ask(Bytes{0x80, 0x11, 0, 0, 0}) == response({}, 0x6883));
  CHECK(card.ask(Bytes{0x80, 0x10, 0, 0, 1, 4, 0}).empty());
  CHECK(card.applet.take()->payload == Bytes{4});
}

TEST_CASE("a message that is too long is refused by the card before it fills it", "[applet]") {
  Card card;
  card.select();
  Bytes part{0x90, 0x10, 0, 0, 255};
  part.resize(5 + 255);
  Bytes answer;
  int parts = 0;
  do {
    answer = card.ask(part);
  } while (answer == response({}, 0x9000) && ++parts < 100);
  CHECK(answer == response({}, 0x6700));
  CHECK(parts == 8);
}

TEST_CASE("a long answer comes in parts as large as they were asked for", "[applet]") {
  Card card;
  card.select();
  CHECK(card.ask(Bytes{0x80, 0x10, 0, 0, 1, 4, 100}).empty());
  REQUIRE(card.applet.take());
  card.answers.clear();
  card.applet.reply(HidCommand::kCbor, Bytes(700, 5), {});
  CHECK(card.answers.back() == response(Bytes(100, 5), 0x6100));
  CHECK(card.ask(Bytes{0x80, 0xc0, 0, 0, 0}) == response(Bytes(256, 5), 0x6100));
  CHECK(card.ask(Bytes{0, 0xc0, 0, 0, 0}) == response(Bytes(256, 5), 0x6100 | 88));
  CHECK(card.ask(Bytes{0, 0xc0, 0, 0, 88}) == response(Bytes(88, 5), 0x9000));
  CHECK(card.ask(Bytes{0, 0xc0, 0, 0, 0}) == response({}, 0x6985));
}

TEST_CASE("progress is told to those who ask for it, and to nobody else", "[applet]") {
  const bool polls = GENERATE(true, false);
  Card card;
  card.select();
  CHECK(card.ask(Bytes{0x80, 0x10, static_cast<std::uint8_t>(polls ? 0x80 : 0), 0, 1, 1, 0}).empty());
  REQUIRE(card.applet.take());
  card.applet.keepalive(kKeepaliveUpNeeded);
  if (!polls) {
    CHECK(card.answers.empty());
    card.applet.reply(HidCommand::kCbor, Bytes{0x2f}, {});
    CHECK(card.answers.back() == response(Bytes{0x2f}, 0x9000));
    return;
  }
  CHECK(card.answers.back() == response(Bytes{kKeepaliveUpNeeded}, 0x9100));
  SECTION("the answer waits for the next question") {
    card.applet.reply(HidCommand::kCbor, Bytes{0}, {});
    CHECK(card.ask(Bytes{0x80, 0x11, 0, 0, 0}) == response(Bytes{0}, 0x9000));
  }
  SECTION("the question waits for the answer") {
    CHECK(card.ask(Bytes{0x80, 0x11, 0, 0, 0}).empty());
    card.applet.reply(HidCommand::kCbor, Bytes{0}, {});
    CHECK(card.answers.back() == response(Bytes{0}, 0x9000));
  }
  SECTION("cancelled") {
    CHECK(card.ask(Bytes{0x80, 0x11, 0x11, 0, 0}).empty());
    CHECK(card.applet.cancelled());
  }
  SECTION("the client begins afresh") {
    card.select();
    CHECK(card.applet.aborted());
    card.applet.reply(HidCommand::kCbor, Bytes{0}, {});
    CHECK(card.ask(Bytes{0x80, 0x11, 0, 0, 0}) == response({}, 0x6985));
  }
}

TEST_CASE("without power everything is forgotten", "[applet]") {
  Card card;
  card.select();
  CHECK(card.ask(Bytes{0x80, 0x10, 0, 0, 1, 4, 0}).empty());
  card.applet.power_up();
  CHECK_FALSE(card.applet.take());
  CHECK(card.applet.take_power_up());
  CHECK_FALSE(card.applet.take_power_up());
  CHECK(card.ask(Bytes{0x80, 0x10, 0, 0, 1, 4, 0}) == response({}, 0x6985));
}

TEST_CASE("a card of short APDUs says so and keeps to it", "[applet]") {
  Card card(false);
  card.select();
  CHECK(card.ask(Apdu{0x80, 0x10, 0, 0, Bytes{4}, true, 65536}.encode()) == response({}, 0x6700));
  CHECK(card.applet.answer_to_reset()[8] == 0x80);
  CHECK(Card().applet.answer_to_reset()[8] == 0xc0);
}

TEST_CASE("an answer to reset has its check byte", "[applet]") {
  const Bytes atr = Card().applet.answer_to_reset();
  std::uint8_t check = 0;
  for (const std::uint8_t byte : ByteView(atr).subspan(1)) check ^= byte;
  CHECK(check == 0);
}

TEST_CASE("frames are cut out of any stream", "[vpcd]") {
  const auto step = GENERATE(std::size_t{1}, std::size_t{2}, std::size_t{5}, std::size_t{100});
  const Bytes stream{0, 1, 4, 0, 3, 1, 2, 3, 0, 0, 0, 1, 1};
  std::vector<Bytes> frames;
  FrameStream cutter;
  for (std::size_t at = 0; at < stream.size(); at += step)
    cutter.receive(ByteView(stream).subspan(at, std::min(step, stream.size() - at)),
                   [&](ByteView frame) { frames.push_back(to_bytes(frame)); });
  CHECK(frames == std::vector<Bytes>{{4}, {1, 2, 3}, {}, {1}});
  CHECK(encode_frame(Bytes{1, 2, 3}) == Bytes{0, 3, 1, 2, 3});
}

TEST_CASE("the presence that comes with power is used up by its use, and by time", "[touch]") {
  FieldPresence field;
  CHECK_FALSE(field.use(1));
  field.power_up(1000);
  CHECK(field.use(1000 + 119'999));
  CHECK_FALSE(field.use(1000));
  field.power_up(1000);
  CHECK_FALSE(field.use(1000 + 120'000));
}
