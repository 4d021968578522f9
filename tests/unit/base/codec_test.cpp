#include "base/codec.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cctype>

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

TEST_CASE("base64 names the first bad character, wherever it is") {
  const std::string good = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=";
  for (std::size_t i = 0; i + 1 < good.size(); ++i) {
    for (int value = 0; value < 256; ++value) {
      const char c = static_cast<char>(value);
      if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '/') continue;
      if (c == '=' && i + 2 == good.size()) continue;  // two of them at the end are padding
      std::string bad = good;
      bad[i] = c;
      const auto parsed = parse_base64(bad);
      REQUIRE_FALSE(parsed);
      CHECK(parsed.error().message.ends_with("at offset " + std::to_string(i)));
    }
  }
}

TEST_CASE("base64 for names has two other letters and no padding") {
  struct Row {
    Bytes plain;
    const char* text;
  };
  const Row row =
      GENERATE(values<Row>({{{}, ""}, {{0xFB}, "-w"}, {{0xFF, 0xEF}, "_-8"}, {{0xFB, 0xFF, 0xBF}, "-_-_"}}));
  CHECK(base64url(row.plain) == row.text);
  CHECK(parse_base64url(row.text).value() == row.plain);
}

TEST_CASE("base64 for names refuses every text that would not re-encode to itself") {
  const std::string_view text = GENERATE("-w==", "+w", "/w", "-x", "A", "-w ", "-w\n", "AAAAA");
  INFO(text);
  CHECK_FALSE(parse_base64url(text));
}

TEST_CASE("base64 writes nothing beyond its end") {
  for (const std::string text : {"QUJD", "QUI=", "QQ==", "QUJDREVG", "QUJDREU=", "QUJDRA=="}) {
    const std::size_t size = parse_base64(text).value().size();
    Bytes place(size + 4, 0xA5);
    CHECK(parse_base64(text, std::span(place).first(size)).value() == size);
    CHECK(
        std::ranges::all_of(std::span(place).subspan(size), [](std::uint8_t byte) { return byte == 0xA5; }));
    CHECK_FALSE(parse_base64(text, std::span(place).first(size - 1)));
  }
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
  CHECK(printable("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x94\x91") ==
        "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x94\x91");
  CHECK(printable("\x1b[2J") == "\\x1b[2J");
  CHECK(printable("\xff\\") == "\\xff\\\\");
  CHECK(printable(std::string_view("a\0b", 3)) == "a\\x00b");
  CHECK(one_line(printable("\\\n\xff")) == printable("\\\n\xff"));
}

namespace {

std::string utf8(char32_t point) {
  const auto byte = [](char32_t value) { return static_cast<char>(value); };
  if (point < 0x80) return {byte(point)};
  if (point < 0x800) return {byte(0xC0 | point >> 6), byte(0x80 | (point & 63))};
  if (point < 0x10000)
    return {byte(0xE0 | point >> 12), byte(0x80 | (point >> 6 & 63)), byte(0x80 | (point & 63))};
  return {byte(0xF0 | point >> 18), byte(0x80 | (point >> 12 & 63)), byte(0x80 | (point >> 6 & 63)),
          byte(0x80 | (point & 63))};
}

}  // namespace

TEST_CASE("printable: what a terminal obeys or does not draw is escaped, and its neighbours are not") {
  struct Row {
    const char* kind;
    char32_t first;
    char32_t last;
    bool alone;  // the code points before and after are drawn
  };
  const auto row = GENERATE(values<Row>({
      {"C0", 0x00, 0x1F, false},
      {"delete and C1", 0x7F, 0x9F, true},
      {"soft hyphen", 0xAD, 0xAD, true},
      {"combining grapheme joiner", 0x34F, 0x34F, true},
      {"Arabic letter mark", 0x61C, 0x61C, true},
      {"Hangul fillers", 0x115F, 0x1160, true},
      {"Khmer inherent vowels", 0x17B4, 0x17B5, true},
      {"Mongolian selectors", 0x180B, 0x180F, true},
      {"zero width, left-to-right and right-to-left marks", 0x200B, 0x200F, true},
      {"line and paragraph separators", 0x2028, 0x2029, false},
      {"bidirectional embeddings and overrides", 0x202A, 0x202E, false},
      {"word joiner, invisible operators, isolates", 0x2060, 0x206F, true},
      {"Hangul filler", 0x3164, 0x3164, true},
      {"variation selectors", 0xFE00, 0xFE0F, true},
      {"byte order mark", 0xFEFF, 0xFEFF, true},
      {"halfwidth Hangul filler", 0xFFA0, 0xFFA0, true},
      {"unassigned, interlinear annotation", 0xFFF0, 0xFFFB, true},
      {"shorthand format controls", 0x1BCA0, 0x1BCA3, true},
      {"musical format controls", 0x1D173, 0x1D17A, true},
      {"tags, variation selectors supplement", 0xE0000, 0xE0FFF, true},
  }));
  CAPTURE(row.kind);
  for (char32_t point = row.first; point <= row.last; ++point) {
    std::string escapes;
    for (const char byte : utf8(point)) escapes += "\\x" + hex(as_bytes({&byte, 1}));
    CHECK(printable("a" + utf8(point) + "b") == "a" + escapes + "b");
    CHECK(plays_tricks("a" + utf8(point)));
  }
  if (!row.alone) return;
  for (const char32_t point : {row.first - 1, row.last + 1}) {
    CHECK(printable(utf8(point)) == utf8(point));
    CHECK_FALSE(plays_tricks(utf8(point)));
  }
}

TEST_CASE("shell_word leaves a shell nothing to do") {
  CHECK(shell_word("/dev/hidraw0") == "/dev/hidraw0");
  CHECK(shell_word("") == "''");
  CHECK(shell_word("pcsc:ACS ACR122U [x] 00 00") == "'pcsc:ACS ACR122U [x] 00 00'");
  CHECK(shell_word("it's $(id)") == "'it'\\''s $(id)'");
  CHECK(shell_word("a\nb") == "'a\nb'");
}
