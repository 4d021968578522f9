#include <catch2/catch.hpp>

#include "token/admin/admin.hpp"

using namespace halligan;

TEST_CASE("what can be known about a new PIN without the token") {
  struct Row {
    std::string pin;
    std::uint64_t minimum;
    const char* refused;  ///< part of the message; empty if it is taken
  };
  const auto row = GENERATE(values<Row>({
      {"1234", 4, ""},
      {"123", 4, "has 3 characters; the token requires at least 4"},
      {"12345", 6, "has 5 characters; the token requires at least 6"},
      {"\u00e4\u00f6\u00fc\u20ac", 4, ""},  // 9 bytes
      {"\u00e4\u00f6\u00fc", 4, "has 3 characters"},
      {std::string(63, 'a'), 4, ""},
      {std::string(64, 'a'), 4, "has 64 bytes; a PIN has at most 63"},
      {"\U0001F511\U0001F511\U0001F511\U0001F511", 4, ""},
      {"", 4, "has 0 characters"},
  }));
  INFO(row.pin);
  Pin pin;
  REQUIRE(pin.append(as_bytes(row.pin)));
  const auto checked = token::check_new_pin(pin, row.minimum);
  CHECK(checked.has_value() == std::string(row.refused).empty());
  if (checked) return;
  CHECK(checked.error().code == Code::kBadInput);
  CHECK_THAT(checked.error().message, Catch::Contains(row.refused));
}
