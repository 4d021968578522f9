#include "softkey/hid_transport.hpp"

#include <catch2/catch.hpp>

#include "base/codec.hpp"

using namespace halligan;
using namespace halligan::softkey;

namespace {

constexpr std::uint8_t kNoError = 0;

/// A transport and the reports that it has sent.
struct Wire {
  std::vector<Report> sent;
  std::vector<std::uint32_t> initialized;
  std::int64_t now = 0;
  HidTransport transport{[this](const Report& report) { sent.push_back(report); },
                         [this](std::uint32_t channel) { initialized.push_back(channel); }};

  static Report init_packet(std::uint32_t channel, std::uint8_t command, std::size_t size,
                            ByteView data = {}) {
    Report report{};
    for (std::size_t i = 0; i < 4; ++i) report[i] = static_cast<std::uint8_t>(channel >> (24 - 8 * i));
    report[4] = command | kInitPacket;
    report[5] = static_cast<std::uint8_t>(size >> 8);
    report[6] = static_cast<std::uint8_t>(size);
    std::copy(data.begin(), data.end(), report.begin() + 7);
    return report;
  }
  static Report continuation(std::uint32_t channel, std::uint8_t sequence, ByteView data = {}) {
    Report report = init_packet(channel, 0, 0);
    report[4] = sequence;
    report[5] = report[6] = 0;
    std::copy(data.begin(), data.end(), report.begin() + 5);
    return report;
  }
  void init(std::uint32_t channel, std::uint8_t command, std::size_t size, ByteView data = {}) {
    transport.receive(init_packet(channel, command, size, data), now);
  }
  void cont(std::uint32_t channel, std::uint8_t sequence, ByteView data = {}) {
    transport.receive(continuation(channel, sequence, data), now);
  }
  std::uint32_t open() {
    init(kBroadcastChannel, 0x06, 8, Bytes(8, 9));
    const Report reply = sent.back();
    sent.clear();
    return static_cast<std::uint32_t>(reply[15] << 24 | reply[16] << 16 | reply[17] << 8 | reply[18]);
  }
  /// Code of the one error report sent since the last call; 0 if nothing was sent.
  std::uint8_t error(std::uint32_t channel) {
    if (sent.empty()) return kNoError;
    REQUIRE(sent.size() == 1);
    const Report report = sent.back();
    sent.clear();
    CHECK(same(ByteView(report).first(7), ByteView(init_packet(channel, 0x3f, 1)).first(7)));
    return report[7];
  }
};

}  // namespace

TEST_CASE("INIT hands out channels and answers with the nonce") {
  Wire wire;
  const Bytes nonce{1, 2, 3, 4, 5, 6, 7, 8};
  wire.init(kBroadcastChannel, 0x06, 8, nonce);
  REQUIRE(wire.sent.size() == 1);
  CHECK(hex(ByteView(wire.sent[0]).first(24)) ==
        "ffffffff"
        "86"
        "0011"
        "0102030405060708"
        "00000001"
        "02"
        "000100"
        "05");
  CHECK(wire.initialized == std::vector<std::uint32_t>{kBroadcastChannel});
  wire.sent.clear();
  CHECK(wire.open() == 2);
  wire.init(1, 0x06, 8, nonce);  // the channel keeps its number
  CHECK(hex(ByteView(wire.sent.at(0)).first(19)) ==
        "00000001"
        "86"
        "0011"
        "0102030405060708"
        "00000001");
}

TEST_CASE("what a token does not speak is no command, and INIT says so") {
  struct Row {
    CtapVersion ctap;
    bool always_uv;
    std::uint8_t capabilities;
    HidError cbor;
    HidError messages;
  };
  const auto row = GENERATE(values<Row>({
      {CtapVersion::k21, false, 0x05, HidError::kInvalidLength, HidError::kInvalidLength},
      {CtapVersion::k21, true, 0x0d, HidError::kInvalidLength, HidError::kInvalidCommand},
      {CtapVersion::kU2f, false, 0x01, HidError::kInvalidCommand, HidError::kInvalidLength},
  }));
  Settings settings;
  settings.ctap = row.ctap;
  settings.always_uv = row.always_uv;
  std::vector<Report> sent;
  HidTransport transport([&](const Report& report) { sent.push_back(report); }, [](std::uint32_t) {},
                         settings);
  transport.receive(Wire::init_packet(kBroadcastChannel, 0x06, 8, Bytes(8, 9)), 0);
  CHECK(sent.back()[23] == row.capabilities);
  transport.receive(Wire::init_packet(1, 0x10, 0), 0);
  CHECK(sent.back()[7] == static_cast<std::uint8_t>(row.cbor));
  transport.receive(Wire::init_packet(1, 0x03, 0), 0);
  CHECK(sent.back()[7] == static_cast<std::uint8_t>(row.messages));
}

TEST_CASE("a single packet is refused with the right error") {
  struct Row {
    const char* why;
    std::uint32_t channel;
    std::uint8_t command;
    std::size_t size;
    HidError error;
  };
  const auto row = GENERATE(values<Row>({
      {"channel 0", 0, 0x01, 0, HidError::kInvalidChannel},
      {"a channel that was never given", 77, 0x01, 0, HidError::kInvalidChannel},
      {"INIT on a channel that was never given", 77, 0x06, 8, HidError::kInvalidChannel},
      {"broadcast is for INIT", kBroadcastChannel, 0x01, 0, HidError::kInvalidChannel},
      {"INIT with a short nonce", kBroadcastChannel, 0x06, 7, HidError::kInvalidLength},
      {"INIT with a long nonce", 1, 0x06, 9, HidError::kInvalidLength},
      {"U2F without a message", 1, 0x03, 0, HidError::kInvalidLength},
      {"an unknown command", 1, 0x2a, 0, HidError::kInvalidCommand},
      {"a client's keep-alive", 1, 0x3b, 1, HidError::kInvalidCommand},
      {"a client's error", 1, 0x3f, 1, HidError::kInvalidCommand},
      {"CBOR without a command", 1, 0x10, 0, HidError::kInvalidLength},
      {"WINK with data", 1, 0x08, 1, HidError::kInvalidLength},
      {"LOCK without a time", 1, 0x04, 0, HidError::kInvalidLength},
      {"longer than any message", 1, 0x01, 7610, HidError::kInvalidLength},
  }));
  INFO(row.why);
  Wire wire;
  wire.open();
  wire.init(row.channel, row.command, row.size);
  CHECK(wire.error(row.channel) == static_cast<std::uint8_t>(row.error));
  CHECK_FALSE(wire.transport.take());
  CHECK_FALSE(wire.transport.deadline());
}

TEST_CASE("a message of any size arrives whole and is answered whole") {
  const auto size = GENERATE(as<std::size_t>(), 0, 1, 56, 57, 58, 116, 117, 1000, 7609);
  Wire wire;
  const std::uint32_t channel = wire.open();
  Bytes data(size);
  for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<std::uint8_t>(i * 7 + 1);
  std::size_t sent = std::min(size, kInitData);
  wire.init(channel, 0x01, size, ByteView(data).first(sent));
  for (std::uint8_t sequence = 0; sent < size; ++sequence) {
    CHECK_FALSE(wire.transport.take());
    const std::size_t part = std::min(size - sent, kContinuationData);
    wire.cont(channel, sequence, ByteView(data).subspan(sent, part));
    sent += part;
  }
  const auto message = wire.transport.take();
  REQUIRE(message);
  CHECK(message->channel == channel);
  CHECK(message->payload == data);
  wire.transport.reply(HidCommand::kPing, data);
  Bytes back = to_bytes(ByteView(wire.sent.at(0)).subspan(7));
  for (std::size_t i = 1; i < wire.sent.size(); ++i) {
    CHECK(wire.sent[i][4] == i - 1);
    append(back, ByteView(wire.sent[i]).subspan(5));
  }
  back.resize(size);
  CHECK(back == data);
}

TEST_CASE("a broken sequence ends the message") {
  Wire wire;
  const std::uint32_t channel = wire.open();
  const std::uint8_t wrong = GENERATE(std::uint8_t{1}, std::uint8_t{0x7f});
  wire.init(channel, 0x01, 100);
  wire.cont(channel, wrong);
  CHECK(wire.error(channel) == 0x04);
  wire.cont(channel, 0);  // belongs to nothing any more
  CHECK(wire.error(channel) == kNoError);
  CHECK_FALSE(wire.transport.take());
  wire.init(channel, 0x01, 3);
  CHECK(wire.transport.take());
}

TEST_CASE("a new message in the middle of one is out of sequence") {
  Wire wire;
  const std::uint32_t channel = wire.open();
  wire.init(channel, 0x01, 100);
  wire.init(channel, 0x10, 1);
  CHECK(wire.error(channel) == 0x04);
}

TEST_CASE("INIT in the middle of a message starts afresh") {
  Wire wire;
  const std::uint32_t channel = wire.open();
  wire.init(channel, 0x01, 100);
  wire.init(channel, 0x06, 8);
  CHECK(wire.sent.size() == 1);
  wire.sent.clear();
  CHECK_FALSE(wire.transport.deadline());
  wire.init(channel, 0x01, 2);
  CHECK(wire.transport.take()->payload.size() == 2);
}

TEST_CASE("half a second without the next packet ends the message") {
  Wire wire;
  const std::uint32_t channel = wire.open();
  wire.init(channel, 0x01, 150);
  CHECK(wire.transport.deadline() == 500);
  wire.now = 499;
  wire.cont(channel, 0);
  CHECK(wire.transport.deadline() == 999);
  wire.now = 998;
  wire.transport.tick(wire.now);
  CHECK(wire.error(channel) == kNoError);
  wire.now = 999;
  SECTION("found by the clock") { wire.transport.tick(wire.now); }
  SECTION("found by the packet that comes too late") { wire.cont(channel, 1); }
  CHECK(wire.error(channel) == 0x05);
  CHECK_FALSE(wire.transport.take());
}

TEST_CASE("one message at a time") {
  Wire wire;
  const std::uint32_t one = wire.open();
  const std::uint32_t two = wire.open();
  SECTION("while it arrives") {
    wire.init(one, 0x01, 100);
    wire.init(two, 0x01, 1);
    CHECK(wire.error(two) == 0x06);
    wire.cont(two, 0);
    wire.cont(one, 0);
    CHECK(wire.transport.take()->channel == one);
  }
  SECTION("while it is worked on") {
    wire.init(one, 0x10, 1);
    REQUIRE(wire.transport.take());
    for (const std::uint32_t channel : {one, two}) {
      wire.init(channel, 0x01, 1);
      CHECK(wire.error(channel) == 0x06);
    }
    CHECK(wire.open() == 3);  // a new client still gets its channel
    CHECK_FALSE(wire.transport.aborted());
    wire.transport.reply(HidCommand::kCbor, Bytes{0});
    wire.sent.clear();
    wire.init(two, 0x01, 1);
    CHECK(wire.transport.take()->channel == two);
  }
}

TEST_CASE("CANCEL reaches only the message in work on its channel") {
  Wire wire;
  const std::uint32_t one = wire.open();
  const std::uint32_t two = wire.open();
  wire.init(one, 0x11, 0);  // nothing to cancel
  wire.init(one, 0x10, 1);
  REQUIRE(wire.transport.take());
  CHECK_FALSE(wire.transport.cancelled());
  wire.init(two, 0x11, 0);
  CHECK_FALSE(wire.transport.cancelled());
  wire.init(one, 0x11, 0);
  CHECK(wire.transport.cancelled());
  CHECK(wire.sent.empty());
  wire.transport.reply(HidCommand::kCbor, Bytes{0x2d});
  CHECK(wire.sent.size() == 1);
  CHECK_FALSE(wire.transport.cancelled());
}

TEST_CASE("CANCEL reaches a message that it came in one breath with") {
  Wire wire;
  const std::uint32_t one = wire.open();
  const std::uint32_t two = wire.open();
  wire.init(one, 0x10, 1);
  wire.init(two, 0x11, 0);
  SECTION("not another channel's") {
    REQUIRE(wire.transport.take());
    CHECK_FALSE(wire.transport.cancelled());
  }
  SECTION("its own, and not the next one") {
    wire.init(one, 0x11, 0);
    REQUIRE(wire.transport.take());
    CHECK(wire.transport.cancelled());
    wire.transport.reply(HidCommand::kCbor, Bytes{0x2d});
    wire.init(one, 0x10, 1);
    REQUIRE(wire.transport.take());
    CHECK_FALSE(wire.transport.cancelled());
  }
}

TEST_CASE("INIT on its channel takes a message in work away") {
  Wire wire;
  const std::uint32_t channel = wire.open();
  wire.init(channel, 0x10, 1);
  REQUIRE(wire.transport.take());
  wire.transport.keepalive(kKeepaliveUpNeeded);
  CHECK(hex(ByteView(wire.sent.at(0)).first(8)) ==
        "00000001"
        "bb"
        "0001"
        "02");
  wire.init(channel, 0x06, 8);
  CHECK(wire.transport.aborted());
  wire.sent.clear();
  wire.transport.keepalive(kKeepaliveUpNeeded);
  wire.transport.reply(HidCommand::kCbor, Bytes{0});
  CHECK(wire.sent.empty());
}

TEST_CASE("a lock keeps other channels out until it ends") {
  Wire wire;
  const std::uint32_t one = wire.open();
  const std::uint32_t two = wire.open();
  wire.transport.lock(one, 2, wire.now);
  wire.init(two, 0x01, 1);
  CHECK(wire.error(two) == 0x06);
  wire.init(two, 0x06, 8);
  CHECK(wire.error(two) == 0x06);
  wire.init(one, 0x01, 1);
  CHECK(wire.transport.take());
  wire.transport.reply(HidCommand::kPing, {});
  wire.sent.clear();
  SECTION("by time") { wire.now = 2000; }
  SECTION("by its owner") { wire.transport.lock(one, 0, wire.now); }
  wire.init(two, 0x01, 1);
  CHECK(wire.error(two) == kNoError);
  CHECK(wire.transport.take());
}
