#include "ssh/wire.hpp"

#include <catch2/catch.hpp>

#include "base/codec.hpp"

using namespace halligan;
using namespace halligan::ssh;

// RFC 4251 section 5, the examples of mpint that are not negative, and the edges around them.
TEST_CASE("mpint: the one encoding of each number") {
  struct Row {
    const char* wire;
    const char* magnitude;
  };
  const auto row = GENERATE(values<Row>({{"00000000", ""},
                                         {"0000000809a378f9b2e332a7", "09a378f9b2e332a7"},
                                         {"000000020080", "80"},
                                         {"000000017f", "7f"},
                                         {"0000000101", "01"},
                                         {"0000000300ffff", "ffff"}}));
  const Bytes wire = parse_hex(row.wire).value();
  WireReader reader(wire);
  CHECK(hex(reader.mpint().value()) == row.magnitude);
  CHECK(reader.done());
  WireWriter writer;
  CHECK(hex(writer.mpint(parse_hex(row.magnitude).value()).bytes()) == row.wire);
}

TEST_CASE("mpint: every other encoding is refused and the cursor stays") {
  struct Row {
    const char* wire;
    const char* message;
  };
  const auto row = GENERATE(values<Row>({{"0000000180", "a negative number"},
                                         {"00000002edcc", "a negative number"},
                                         {"0000000100", "a number with needless leading zeros"},
                                         {"00000002007f", "a number with needless leading zeros"},
                                         {"00000003000080", "a number with needless leading zeros"},
                                         {"0000000201", "truncated: 2 bytes wanted at offset 4, 1 left"}}));
  const Bytes wire = parse_hex(row.wire).value();
  WireReader reader(wire);
  const auto number = reader.mpint();
  REQUIRE_FALSE(number);
  CHECK(number.error().message == row.message);
  CHECK(reader.position() == 0);
}

TEST_CASE("writing an mpint drops leading zeros of fixed-size numbers") {
  WireWriter writer;
  CHECK(hex(writer.mpint(parse_hex("00000080").value()).mpint({}).bytes()) == "00000002008000000000");
}

TEST_CASE("strings and texts: bounds, NUL, and the cursor on failure") {
  const Bytes wire = parse_hex("00000003610062").value();
  WireReader reader(wire);
  CHECK(reader.text().error().message == "a NUL inside a text");
  CHECK(reader.position() == 0);
  CHECK(hex(reader.string().value()) == "610062");
  CHECK(reader.string().error().code == Code::kBadInput);

  const Bytes huge = parse_hex("ffffffff00").value();
  WireReader other(huge);
  CHECK(other.string().error().message == "truncated: 4294967295 bytes wanted at offset 4, 1 left");
  CHECK(other.position() == 0);
}

TEST_CASE("a nested reader sees its string and nothing else") {
  WireWriter inner;
  inner.text("x").u8(7);
  WireWriter outer;
  outer.string(inner.bytes()).u32(9);
  WireReader reader(outer.bytes());
  WireReader nested = reader.nested().value();
  CHECK(nested.text().value() == "x");
  CHECK(nested.done().error().message == "1 trailing bytes");
  CHECK(nested.u8().value() == 7);
  CHECK(nested.done());
  CHECK_FALSE(nested.u8());
  CHECK(reader.u32().value() == 9);
}

TEST_CASE("a secret writer writes the same bytes as the plain one and notices when it is full") {
  WireWriter plain;
  plain.u32(5).text("name").mpint(parse_hex("00ff").value()).u8(1);
  KeyText text;
  SecretWriter secret(text);
  secret.u32(5).text("name").mpint(parse_hex("00ff").value()).u8(1);
  CHECK(secret.fits());
  CHECK(same(text.view(), plain.bytes()));
  secret.raw(Bytes(KeyText::kCapacity));
  CHECK_FALSE(secret.fits());
  secret.u8(1);
  CHECK_FALSE(secret.fits());
}
