#include "base/reader.hpp"

#include <catch2/catch.hpp>

using namespace halligan;

TEST_CASE("a reader takes big-endian numbers and ends in done()") {
  const Bytes data{1, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 4};
  Reader reader(data);
  CHECK(reader.u8().value() == 1);
  CHECK(reader.u16().value() == 2);
  CHECK(reader.u32().value() == 3);
  CHECK(reader.done().error().message == "8 trailing bytes");
  CHECK(reader.u64().value() == 4);
  CHECK(reader.done());
}

TEST_CASE("a read that fails leaves the cursor where it was") {
  const Bytes data{1, 2, 3};
  Reader reader(data);
  REQUIRE(reader.u8());
  CHECK(reader.u32().error().message == "truncated: 4 bytes wanted at offset 1, 2 left");
  CHECK(reader.position() == 1);
  CHECK_FALSE(reader.take(SIZE_MAX));
  CHECK(reader.u16().value() == 0x0203);
}
