#include "softkey/cbor.hpp"

#include <catch2/catch.hpp>

#include "base/codec.hpp"

using namespace halligan;
using namespace halligan::softkey;

namespace {
Bytes unhex(std::string_view text) { return parse_hex(text).value(); }
}  // namespace

TEST_CASE("canonical CBOR is accepted and re-encodes to the same bytes") {
  const auto text = GENERATE(as<std::string>(), "00", "17", "1818", "18ff", "190100", "1a00010000",
                             "1b0000000100000000", "1b7fffffffffffffff", "20", "3818", "3b7fffffffffffffff",
                             "40", "4101", "60", "6161", "80", "8101", "a0", "a10102", "f4", "f5", "81818180",
                             "a201020304", "a2012061610a", "a220006000", "a3616101616202626161f5", "62c3bc");
  const Bytes encoded = unhex(text);
  REQUIRE(check_canonical(encoded));
  CHECK(hex(Cbor::parse(encoded).value().encode()) == text);
}

TEST_CASE("what is not canonical is refused") {
  struct Row {
    const char* why;
    const char* encoded;
  };
  const auto row = GENERATE(values<Row>({
      {"nothing", ""},
      {"two items", "0000"},
      {"23 in two bytes", "1817"},
      {"255 in three bytes", "1900ff"},
      {"65535 in five bytes", "1a0000ffff"},
      {"2^32-1 in nine bytes", "1b00000000ffffffff"},
      {"an integer beyond 63 bits", "1b8000000000000000"},
      {"a long string length", "580161"},
      {"a truncated integer", "19"},
      {"a truncated string", "4201"},
      {"a length that nobody has", "5bffffffffffffffff"},
      {"an array longer than its bytes", "9bffffffffffffffff"},
      {"a map longer than its bytes", "bb0fffffffffffffff"},
      {"an indefinite byte string", "5f4101ff"},
      {"an indefinite text", "7f6161ff"},
      {"an indefinite array", "9f01ff"},
      {"an indefinite map", "bf0102ff"},
      {"reserved additional information", "1c"},
      {"keys out of order", "a203010102"},
      {"a key twice", "a201010102"},
      {"a longer key first", "a2626161016162 02"},
      {"a text key before a number", "a261610120 01"},
      {"a negative key before a positive", "a220010101"},
      {"a tag", "c001"},
      {"null", "f6"},
      {"undefined", "f7"},
      {"a simple value", "f820"},
      {"half a float", "f90000"},
      {"a float", "fa00000000"},
      {"a double", "fb0000000000000000"},
      {"a break alone", "ff"},
      {"text that is not UTF-8", "61ff"},
      {"text with an overlong form", "62c080"},
      {"five levels", "8181818180"},
      {"five levels of maps", "a101a101a101a101a0"},
      {"a map without its last value", "a101"},
  }));
  INFO(row.why);
  std::string text(row.encoded);
  std::erase(text, ' ');
  const auto refused = Cbor::parse(unhex(text));
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == Status::kInvalidCbor);
}

TEST_CASE("every way to cut an item short is refused") {
  const Bytes whole =
      Cbor::map({{1, Bytes(30, 7)}, {"key", Cbor::array({Cbor("text"), Cbor(-500), Cbor(true)})}}).encode();
  REQUIRE(check_canonical(whole));
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK_FALSE(check_canonical(ByteView(whole).first(size)));
}

TEST_CASE("a map is built in canonical order whatever the order of writing") {
  const Cbor map = Cbor::map({{"b", 1}, {"aa", 2}, {-1, 3}, {300, 4}, {2, 5}, {"a", 6}});
  CHECK(hex(map.encode()) ==
        "a6"
        "0205"
        "19012c04"
        "2003"
        "616106"
        "616201"
        "62616102");
  CHECK(check_canonical(map.encode()));
}

TEST_CASE("members are asked for by key and type") {
  const auto map =
      Cbor::map({{1, Bytes{1}}, {-3, "text"}, {"flag", true}, {"number", -500}}).as<CborMap>().value();
  CHECK(map.need<Bytes>(1).value() == Bytes{1});
  CHECK(map.need<std::string>(-3).value() == "text");
  CHECK(map.need<bool>("flag").value());
  CHECK(map.need<std::int64_t>("number").value() == -500);
  CHECK(map.need<Bytes>(2).error() == Status::kMissingParameter);
  CHECK(map.need<Bytes>("1").error() == Status::kMissingParameter);
  CHECK(map.need<Bytes>(-3).error() == Status::kCborUnexpectedType);
  CHECK(map.need<CborMap>("flag").error() == Status::kCborUnexpectedType);
  CHECK(map.need<std::vector<Cbor>>("flag").error() == Status::kCborUnexpectedType);
  CHECK_FALSE(map.maybe<bool>("none").value());
  CHECK(map.maybe<bool>("number").error() == Status::kCborUnexpectedType);
}
