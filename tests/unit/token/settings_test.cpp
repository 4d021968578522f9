#include "token/settings.hpp"

#include <catch2/catch.hpp>

using namespace halligan;
using token::parse_settings;

TEST_CASE("settings: the words of the file, in any case, with comments and blanks") {
  const auto settings =
      parse_settings("# emergency laptop\n\n  DEVICE /dev/hidraw1:/dev/hidraw2 \ntimeout\t45\r\n");
  REQUIRE(settings);
  CHECK(settings->devices == std::vector<std::string>{"/dev/hidraw1", "/dev/hidraw2"});
  CHECK(settings->timeout == std::chrono::seconds(45));
}

TEST_CASE("settings: an empty file is the defaults") {
  const auto settings = parse_settings("");
  REQUIRE(settings);
  CHECK(settings->devices.empty());
  CHECK(settings->timeout == token::kDefaultTimeout);
}

TEST_CASE("settings: what is wrong is named with its line") {
  struct Row {
    const char* text;
    const char* message;
  };
  const auto row = GENERATE(values<Row>({
      {"Device hidraw1", "line 1: device \"hidraw1\" is not an absolute path"},
      {"\nTimeout soon", "line 2: timeout \"soon\" is not a number of seconds from 1 to 300"},
      {"Timeout 0", "line 1: timeout \"0\" is not a number of seconds from 1 to 300"},
      {"Timeout 301", "line 1: timeout \"301\" is not a number of seconds from 1 to 300"},
      {"Timeout", "line 1: timeout \"\" is not a number of seconds from 1 to 300"},
      {"Timeout 5 ", ""},
      {"Pin 1234", "line 1: unknown word \"Pin\""},
  }));
  CAPTURE(row.text);
  const auto settings = parse_settings(row.text);
  CHECK((settings ? "" : settings.error().message) == row.message);
}

TEST_CASE("settings: the environment wins over the file") {
  ::setenv("HALLIGAN_DEVICE", "/dev/a::/dev/b:", 1);
  ::setenv("HALLIGAN_TIMEOUT", "2", 1);
  const auto settings = token::load_settings();
  ::setenv("HALLIGAN_TIMEOUT", "2s", 1);
  const auto broken = token::load_settings();
  ::unsetenv("HALLIGAN_DEVICE");
  ::unsetenv("HALLIGAN_TIMEOUT");
  REQUIRE(settings);
  CHECK(settings->devices == std::vector<std::string>{"/dev/a", "/dev/b"});
  CHECK(settings->timeout == std::chrono::seconds(2));
  REQUIRE_FALSE(broken);
  CHECK(broken.error().message ==
        "HALLIGAN_TIMEOUT: timeout \"2s\" is not a number of seconds from 1 to 300");
}
