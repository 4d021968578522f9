#include "ctap/cbor.hpp"

#include <catch2/catch.hpp>

#include "base/codec.hpp"
#include "ctap/well_formed.hpp"

using namespace halligan;
using ctap::Value;

namespace {

bool well_formed(const Bytes& encoded) {
  return !encoded.empty() && ctap::front_item(encoded).size() == encoded.size();
}

Bytes unhex(std::string_view text) { return parse_hex(text).value(); }

}  // namespace

TEST_CASE("well-formed CBOR is told from what would hurt libcbor") {
  // RFC 8949, appendix A, and its breaches.
  for (const char* good : {"00", "1818", "1bffffffffffffffff", "3903e7", "43010203", "6161", "80", "83010203",
                           "a0", "a201020304", "f4", "f5", "f6", "f97c00", "5f42010243030405ff",
                           "9f018202039f0405ffff", "bf61610161629f0203ffff", "818181818181818100"}) {
    INFO(good);
    CHECK(well_formed(unhex(good)));
  }
  for (const char* bad : {"",
                          "18",
                          "1c",
                          "1f",
                          "ff",
                          "0000",
                          "5bffffffffffffffff",
                          "7affffffff61",
                          "9bffffffffffffffff",
                          "9a7fffffff00",
                          "bbffffffffffffffff",
                          "bb800000000000000000",
                          "a101",
                          "8301",
                          "43ffff",
                          "5f01ff",
                          "5f5f4101ffff",
                          "bf01ff",
                          "9f01",
                          "bf0102",
                          "c1",
                          "c11a514b67b0",
                          "d81000",
                          "dfff",
                          "818181818181818181818100",
                          "f8"}) {
    INFO(bad);
    CHECK_FALSE(well_formed(unhex(bad)));
    CHECK_FALSE(Value::parse(unhex(bad)));
  }
}

TEST_CASE("a text that is not UTF-8 becomes bytes, and hides nothing beside it") {
  struct Row {
    const char* encoded;
    const char* readable;
  };
  // Overlong; cut within a character; with a head of two and of three bytes; in a map; inside a longer text,
  // whose parts stay of one type.
  const auto row = GENERATE(values<Row>({{"62c0af", "42c0af"},
                                         {"6361c3", ""},
                                         {"6261c3", "4261c3"},
                                         {"780161", "780161"},
                                         {"7801ff", "5801ff"},
                                         {"790001ff", "590001ff"},
                                         {"a261616161616262c3a4", "a261616161616262c3a4"},
                                         {"a26161616261626261c3", "a26161616261624261c3"},
                                         {"7f62c0afff", "7f62c0afff"}}));
  INFO(row.encoded);
  const auto readable = ctap::readable(unhex(row.encoded));
  CHECK(hex(readable.value_or(Bytes())) == row.readable);
  CHECK(readable.has_value() == well_formed(unhex(row.encoded)));
}

TEST_CASE("a name that is cut within a character is read as bytes") {
  const auto user = Value::parse(unhex("a2646e616d656261c36b646973706c61794e616d6562c3a4"));
  REQUIRE(user);
  CHECK_FALSE(user.find("name").text());
  CHECK(user.find("name").bytes() == unhex("61c3"));
  CHECK(user.find("displayName").text() == "\xc3\xa4");
}

TEST_CASE("values are looked up, and are nothing where they are of another type") {
  const auto value =
      Value::parse(unhex("a6"
                         "01"
                         "63616263"
                         "02"
                         "43010203"
                         "03"
                         "81f5"
                         "0a"
                         "3863"
                         "22"
                         "a1626964"
                         "0b"
                         "656e616d6564"
                         "a0"));
  REQUIRE(value);
  CHECK(value.find(1).text() == "abc");
  CHECK_FALSE(value.find(1).bytes());
  CHECK_FALSE(value.find(1).integer());
  CHECK(value.find(2).bytes() == Bytes{1, 2, 3});
  CHECK_FALSE(value.find(2).text());
  REQUIRE(value.find(3).items().size() == 1);
  CHECK(value.find(3).items()[0].boolean() == true);
  CHECK_FALSE(value.find(3).boolean());
  CHECK(value.find(10).integer() == -100);
  CHECK(value.find(-3).find("id").integer() == 11);
  CHECK_FALSE(value.find(-3).find("ID"));
  CHECK_FALSE(value.find(99));
  CHECK_FALSE(value.find(1).find(1));
  CHECK(value.find("named").text_pairs().empty());
  CHECK(value.find(1).items().empty());
  CHECK_FALSE(Value::parse(unhex("1bffffffffffffffff")).integer());
  CHECK_FALSE(Value::parse(unhex("5f4101ff")).bytes());
  CHECK_FALSE(Value::parse(unhex("f97c00")).boolean());
  CHECK_FALSE(Value::parse(unhex("f6")).boolean());
}

TEST_CASE("a message is written as CTAP 2.1 section 8 wants it") {
  ctap::Writer writer;
  writer.map(3).integer(1).text("ssh:").integer(-25).bytes(Bytes(24, 7)).integer(1000).array(2).boolean(true);
  writer.boolean(false);
  CHECK(writer.written() == unhex("a3"
                                  "01"
                                  "647373683a"
                                  "3818"
                                  "5818070707070707070707070707070707070707070707070707"
                                  "1903e8"
                                  "82f5f4"));
  const auto back = Value::parse(writer.written());
  REQUIRE(back);
  CHECK(back.find(-25).bytes() == Bytes(24, 7));
  CHECK(back.encoded() == writer.written());
}
