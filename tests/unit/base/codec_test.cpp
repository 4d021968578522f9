#include "base/codec.hpp"

#include <catch2/catch.hpp>

using namespace halligan;

TEST_CASE("base64 agrees with RFC 4648 section 10 both ways") {
  struct Row {
    const char* plain;
    const char* text;
  };
  const auto row = GENERATE(values<Row>({{"", ""},
                                         {"f", "Zg=="},
                                         {"fo", "Zm8="},
                                         {"foo", "Zm9v"},
                                         {"foob", "Zm9vYg=="},
                                         {"fooba", "Zm9vYmE="},
                                         {"foobar", "Zm9vYmFy"}}));
  CHECK(base64(as_bytes(row.plain)) == row.text);
  const auto back = parse_base64(row.text);
  REQUIRE(back);
  CHECK(as_text(*back) == row.plain);
}

TEST_CASE("base64 refuses every text that would not re-encode to itself") {
  const char* text = GENERATE("Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zg==Zg==", "Zg= =", " Zg=", "Zm9v\n",
                              "Z===", "====", "Zm-v");
  CAPTURE(text);
  const auto parsed = parse_base64(text);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == Code::kBadInput);
}

TEST_CASE("base64: every byte value in every position survives") {
  for (int value = 0; value < 256; ++value) {
    for (std::size_t length = 1; length <= 4; ++length) {
      const Bytes data(length, static_cast<std::uint8_t>(value));
      CHECK(parse_base64(base64(data)).value() == data);
    }
  }
}

TEST_CASE("hexadecimal") {
  CHECK(hex(Bytes{0x00, 0x9a, 0xff}) == "009aff");
  CHECK(parse_hex("009AfF").value() == Bytes{0x00, 0x9a, 0xff});
  CHECK(parse_hex("0").error().message == "hexadecimal: odd number of digits");
  CHECK(parse_hex("0g").error().message == "hexadecimal: bad digit at offset 1");
  CHECK(parse_hex("x0").error().message == "hexadecimal: bad digit at offset 0");
}

TEST_CASE("UTF-8: well-formed texts and their opposites") {
  struct Row {
    std::string text;
    bool good;
  };
  const auto row = GENERATE(values<Row>({{"plain", true},
                                         {"gr\xc3\xbc\xc3\x9f", true},
                                         {"\xe2\x82\xac", true},
                                         {"\xf0\x9f\x94\x91", true},
                                         {"\xc0\x80", false},
                                         {"\xe0\x80\x80", false},
                                         {"\xed\xa0\x80", false},
                                         {"\xf4\x90\x80\x80", false},
                                         {"\xff", false},
                                         {"\xc3", false},
                                         {std::string("a\0b", 3), false}}));
  CHECK(is_utf8(as_bytes(row.text)) == row.good);
}

TEST_CASE("printable keeps a terminal safe") {
  CHECK(printable("gr\xc3\xbc\xc3\x9f") == "gr\xc3\xbc\xc3\x9f");
  CHECK(printable("\x1b[2J") == "\\x1b[2J");
  CHECK(printable("a\nb") == "a\\x0ab");
  CHECK(printable("\xc2\x9b") == "\\xc2\\x9b");
  CHECK(printable("\xe2\x80\xae") == "\\xe2\\x80\\xae");
  CHECK(printable("\xff\\") == "\\xff\\\\");
}

TEST_CASE("shell_word leaves a shell nothing to do") {
  CHECK(shell_word("/dev/hidraw0") == "/dev/hidraw0");
  CHECK(shell_word("") == "''");
  CHECK(shell_word("pcsc:ACS ACR122U [x] 00 00") == "'pcsc:ACS ACR122U [x] 00 00'");
  CHECK(shell_word("it's $(id)") == "'it'\\''s $(id)'");
  CHECK(shell_word("a\nb") == "'a\nb'");
}
