#include "fido/discovery/holder_cache.hpp"

#include <catch2/catch.hpp>

using namespace halligan;
using fido::parse_holder_cache;

namespace {
const std::string kKey(64, 'a');
}

TEST_CASE("holder cache: what was written is read") {
  const std::string text = kKey + " /dev/hidraw3\n" + std::string(64, '0') + " /run/user/1000/token\n";
  const auto entries = parse_holder_cache(text);
  REQUIRE(entries);
  REQUIRE(entries->size() == 2);
  CHECK(entries->front().path == "/dev/hidraw3");
  CHECK(fido::write_holder_cache(*entries) == text);
  CHECK(parse_holder_cache("")->empty());
}

TEST_CASE("holder cache: one odd line and nothing counts") {
  const std::string good = kKey + " /dev/hidraw3\n";
  const auto bad = GENERATE_COPY(values<std::string>({
      "\n",
      kKey + " /dev/hidraw3",
      kKey + "\n",
      kKey + " \n",
      kKey + " dev/hidraw3\n",
      kKey + "\t/dev/hidraw3\n",
      kKey + " /dev/hid raw3\n",
      kKey + " /dev/hidraw3\r\n",
      kKey + " /dev/\xc3\xa4\n",
      kKey + " /" + std::string(255, 'x') + "\n",
      std::string(63, 'a') + " /dev/hidraw3\n",
      std::string(64, 'A') + " /dev/hidraw3\n",
      std::string(64, 'g') + " /dev/hidraw3\n",
  }));
  CAPTURE(bad);
  CHECK_FALSE(parse_holder_cache(bad));
  CHECK_FALSE(parse_holder_cache(good + bad));
}

TEST_CASE("holder cache: no more than 64 entries") {
  std::string text;
  for (int i = 0; i < 64; ++i) text += kKey + " /dev/hidraw3\n";
  CHECK(parse_holder_cache(text));
  CHECK_FALSE(parse_holder_cache(text + kKey + " /dev/hidraw3\n"));
}
