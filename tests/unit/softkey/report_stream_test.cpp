#include <catch2/catch.hpp>

#include "softkey/pty_front.hpp"

using namespace halligan;
using namespace halligan::softkey;

namespace {

Bytes record(std::uint8_t fill) {
  Bytes bytes(65, fill);
  bytes[0] = 0;
  return bytes;
}

Bytes broadcast_init() {
  Bytes bytes{0x00, 0xff, 0xff, 0xff, 0xff, 0x86, 0x00, 0x08, 1, 2, 3, 4, 5, 6, 7, 8};
  bytes.resize(65);
  return bytes;
}

struct Stream {
  ReportStream stream;
  std::vector<Bytes> reports;
  void receive(ByteView data, std::int64_t now) {
    stream.receive(data, now, [this](const Report& report) { reports.push_back(to_bytes(report)); });
  }
};

}  // namespace

TEST_CASE("records come out as reports however they are cut") {
  Stream stream;
  Bytes data = record(7);
  append(data, record(8));
  append(data, record(9));
  const auto step = GENERATE(as<std::size_t>(), 1, 13, 64, 65, 66, 195);
  for (std::size_t at = 0; at < data.size(); at += step)
    stream.receive(ByteView(data).subspan(at, std::min(step, data.size() - at)), 0);
  REQUIRE(stream.reports.size() == 3);
  for (std::uint8_t i = 0; i < 3; ++i)
    CHECK(stream.reports[i] == Bytes(64, static_cast<std::uint8_t>(7 + i)));
}

TEST_CASE("what was torn off goes stale") {
  Stream stream;
  stream.receive(ByteView(record(7)).first(30), 0);
  stream.receive(broadcast_init(), 101);
  REQUIRE(stream.reports.size() == 1);
  CHECK(stream.reports[0][4] == 0x86);
}

TEST_CASE("a client that writes without a report id is out of step until the next INIT") {
  Stream stream;
  stream.receive(Bytes(64, 0xaa), 0);
  CHECK(stream.reports.empty());
  stream.receive(Bytes(64, 0xbb), 1);
  stream.receive(broadcast_init(), 2);
  REQUIRE(stream.reports.size() == 1);
  CHECK(stream.reports[0][4] == 0x86);
}
