#include "ctap/info.hpp"

#include <catch2/catch.hpp>

#include "ctap/cbor.hpp"

using namespace halligan;

TEST_CASE("getInfo: options and PIN protocols") {
  ctap::Writer writer;
  writer.map(3).integer(1).array(1).text("FIDO_2_1");
  writer.integer(4).map(3).text("uv").boolean(false).text("credMgmt").boolean(true).text("odd").integer(1);
  writer.integer(6).array(3).integer(2).integer(1).integer(9);
  const auto info = ctap::Info::parse(writer.written());
  REQUIRE(info);
  CHECK(info->option("credMgmt"));
  CHECK_FALSE(info->option("uv"));
  CHECK_FALSE(info->option("odd"));
  CHECK(info->options.count("uv") == 1);
  CHECK(info->options.count("odd") == 0);
  CHECK(info->pin_protocols == std::vector<int>{2, 1});
}

TEST_CASE("getInfo that says little, or nothing") {
  ctap::Writer empty;
  empty.map(0);
  CHECK(ctap::Info::parse(empty.written())->pin_protocols == std::vector<int>{1});
  ctap::Writer strange;
  strange.map(2).integer(4).text("x").integer(6).array(1).integer(7);
  CHECK(ctap::Info::parse(strange.written())->options.empty());
  CHECK(ctap::Info::parse(strange.written())->pin_protocols.empty());
  CHECK_FALSE(ctap::Info::parse({}));
  CHECK_FALSE(ctap::Info::parse(Bytes{0xbf, 0x01}));
}
