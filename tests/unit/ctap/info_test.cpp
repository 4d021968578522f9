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
  CHECK(info->has("credMgmt"));
  CHECK_FALSE(info->has("uv"));
  CHECK(info->option("uv") == false);
  CHECK(info->option("odd") == std::nullopt);
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

TEST_CASE("getInfo: what is not reported, or of another type, has its default") {
  ctap::Writer writer;
  writer.map(6)
      .integer(3)
      .bytes(Bytes(15, 1))
      .integer(5)
      .text("many")
      .integer(9)
      .array(2)
      .text("usb")
      .integer(1);
  writer.integer(10).array(2).map(1).text("alg").integer(-7).integer(3);
  writer.integer(12).boolean(true).integer(13).integer(2);
  const auto info = ctap::Info::parse(writer.written());
  REQUIRE(info);
  CHECK(info->aaguid.empty());
  CHECK(info->max_message_size == 1024);
  CHECK(info->transports == std::vector<std::string>{"usb"});
  CHECK(info->algorithms == std::vector<std::int64_t>{-7});
  CHECK(info->force_pin_change);
  CHECK(info->min_pin_length == 4);
  CHECK_FALSE(info->firmware);
  CHECK_FALSE(info->remaining_credentials);
}
