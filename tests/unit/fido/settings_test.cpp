#include "fido/discovery/settings.hpp"

#include <catch2/catch.hpp>

using namespace halligan;
using fido::parse_settings;

TEST_CASE("settings: the words of the file, in any case, with comments and blanks") {
  const auto settings =
      parse_settings("# emergency laptop\n\n  DEVICE /dev/hidraw1:/dev/hidraw2 \ntimeout\t45\r\n");
  REQUIRE(settings);
  CHECK(settings->devices == std::vector<std::string>{"/dev/hidraw1", "/dev/hidraw2"});
  CHECK(settings->timeout == std::chrono::seconds(45));
}

TEST_CASE("settings: the grace period and notifications") {
  const auto settings = parse_settings("Grace 0\nnotify YES\n");
  REQUIRE(settings);
  CHECK(settings->grace == std::chrono::seconds(0));
  CHECK(settings->notify);
}

TEST_CASE("settings: an empty file is the defaults") {
  const auto settings = parse_settings("");
  REQUIRE(settings);
  CHECK(settings->devices.empty());
  CHECK(settings->timeout == fido::kDefaultTimeout);
  CHECK(settings->grace == std::chrono::seconds(20));
  CHECK_FALSE(settings->notify);
}

TEST_CASE("settings: cards are named by their readers, among other devices") {
  const auto devices = fido::parse_devices("pcsc:ACS ACR122U 00 00:/dev/hidraw1::pcsc:Alcor");
  REQUIRE(devices);
  CHECK(*devices == std::vector<std::string>{"pcsc:ACS ACR122U 00 00", "/dev/hidraw1", "pcsc:Alcor"});
  CHECK(fido::reader_of("pcsc:ACS ACR122U 00 00") == "ACS ACR122U 00 00");
  CHECK(fido::reader_of("/dev/hidraw1") == std::nullopt);
  for (const char* bad : {"pcsc:", "pcsc::/dev/hidraw1", "/dev/hidraw1:pcsc", "pcsc", "nfc:0"}) {
    CAPTURE(bad);
    CHECK_FALSE(fido::parse_devices(bad));
  }
}

TEST_CASE("settings: where the devices are named is known, for who looks for one in vain") {
  const auto settings = parse_settings("Grace 0\nDevice /dev/a\n\nDevice /dev/b\nNotify no\n");
  REQUIRE(settings);
  CHECK(settings->devices_from == "/etc/ssh/halligan.conf, line 4");
  CHECK(parse_settings("Grace 0\n")->devices_from.empty());
}

TEST_CASE("settings: a comment behind a value, and a mark at the start of the file") {
  const auto settings =
      parse_settings("\xEF\xBB\xBFTimeout 45 # seconds\nDevice /dev/a#1\t# two\n  # three\n");
  REQUIRE(settings);
  CHECK(settings->timeout == std::chrono::seconds(45));
  CHECK(settings->devices == std::vector<std::string>{"/dev/a#1"});
}

TEST_CASE("settings: a colon that is part of a name") {
  CHECK(fido::parse_devices(R"(/dev/serial/by-path/pci-0000\:00\:14.0:/dev/b\\c:/d\e)").value() ==
        std::vector<std::string>{"/dev/serial/by-path/pci-0000:00:14.0", R"(/dev/b\c)", R"(/d\e)"});
  CHECK(fido::parse_devices(R"(pcsc:Reader \: two:/dev/a)").value() ==
        std::vector<std::string>{"pcsc:Reader : two", "/dev/a"});
}

TEST_CASE("settings: a bad line cannot control the terminal") {
  for (const char* text :
       {"D\x1b[31mevice /dev/a", "Device \x1b[2J", "Timeout \x1b]0;x\x07", "Notify \xff"}) {
    const auto settings = parse_settings(text);
    REQUIRE_FALSE(settings);
    for (const char c : settings.error().message) CHECK((c >= ' ' && c <= '~'));
  }
}

TEST_CASE("settings: what is wrong is named with its line") {
  struct Row {
    const char* text;
    const char* message;
  };
  const auto row = GENERATE(values<Row>({
      {"Device hidraw1", "line 1: device \"hidraw1\" is not an absolute path"},
      {"\nTimeout soon", "line 2: timeout: expected a number of seconds from 1 to 300, not \"soon\""},
      {"Timeout 0", "line 1: timeout: expected a number of seconds from 1 to 300, not \"0\""},
      {"Timeout 301", "line 1: timeout: expected a number of seconds from 1 to 300, not \"301\""},
      {"Timeout", "line 1: timeout: expected a number of seconds from 1 to 300, not \"\""},
      {"Grace -1", "line 1: grace: expected a number of seconds from 0 to 300, not \"-1\""},
      {"Grace 301", "line 1: grace: expected a number of seconds from 0 to 300, not \"301\""},
      {"Notify maybe", "line 1: notify: expected yes or no, not \"maybe\""},
      {"Notify", "line 1: notify: expected yes or no, not \"\""},
      {"Timeout 5 ", ""},
      {"Pin 1234", "line 1: unknown keyword \"Pin\""},
  }));
  CAPTURE(row.text);
  const auto settings = parse_settings(row.text);
  CHECK((settings ? "" : settings.error().message) == row.message);
}

TEST_CASE("settings: the environment wins over the file") {
  ::setenv("HALLIGAN_DEVICE", "/dev/a::/dev/b:", 1);
  ::setenv("HALLIGAN_TIMEOUT", "2", 1);
  ::setenv("HALLIGAN_GRACE", "0", 1);
  ::setenv("HALLIGAN_NOTIFY", "1", 1);
  const auto settings = fido::load_settings();
  ::setenv("HALLIGAN_TIMEOUT", "2s", 1);
  const auto broken = fido::load_settings();
  ::unsetenv("HALLIGAN_DEVICE");
  ::unsetenv("HALLIGAN_TIMEOUT");
  ::unsetenv("HALLIGAN_GRACE");
  ::unsetenv("HALLIGAN_NOTIFY");
  REQUIRE(settings);
  CHECK(settings->devices == std::vector<std::string>{"/dev/a", "/dev/b"});
  CHECK(settings->timeout == std::chrono::seconds(2));
  CHECK(settings->grace == std::chrono::seconds(0));
  CHECK(settings->notify);
  CHECK(settings->devices_from == "HALLIGAN_DEVICE");
  REQUIRE_FALSE(broken);
  CHECK(broken.error().message ==
        "HALLIGAN_TIMEOUT: timeout: expected a number of seconds from 1 to 300, not \"2s\"");
}
