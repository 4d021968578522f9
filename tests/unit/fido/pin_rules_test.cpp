#include "fido/pin_rules.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace halligan;
using fido::possible_pin;

TEST_CASE("a PIN is sent in Normalization Form C, however it was typed") {
  struct Row {
    const char* typed;
    const char* sent;
  };
  const auto row = GENERATE(values<Row>({
      {"1234", "1234"},
      {"p\u00e4ss", "p\u00e4ss"},
      {"pa\u0308ss", "p\u00e4ss"},                   // a, combining diaeresis
      {"\u212bngstr\u00f6m", "\u00c5ngstr\u00f6m"},  // the sign for \u00e5ngstr\u00f6m
      {"q\u0323\u0307ab", "q\u0323\u0307ab"},        // has no composed form
      {"q\u0307\u0323ab", "q\u0323\u0307ab"},        // marks in canonical order
      {"\u1112\u1161\u11ab1234", "\ud55c1234"},      // Hangul
      {"\ufb01at\uff11", "\ufb01at\uff11"},          // compatibility characters stay
      {"\U0001f511key", "\U0001f511key"},
  }));
  CAPTURE(row.typed);
  CHECK(std::string(possible_pin(as_bytes(row.typed)).value().c_str()) == row.sent);
}

TEST_CASE("what cannot be a PIN is not sent") {
  struct Row {
    std::string typed;
    const char* message;
  };
  const std::string letter = "\u00e4";
  std::string longest;
  for (int i = 0; i < 31; ++i) longest += letter;
  const auto row = GENERATE_COPY(values<Row>({
      {"", "the PIN is too short: a FIDO2 PIN has at least 4 characters"},
      {"123", "the PIN is too short: a FIDO2 PIN has at least 4 characters"},
      {letter + letter + letter, "the PIN is too short: a FIDO2 PIN has at least 4 characters"},
      // four code points that are three in normal form
      {"a\u0308bc", "the PIN is too short: a FIDO2 PIN has at least 4 characters"},
      {std::string(64, '1'), "the PIN is too long: a FIDO2 PIN has at most 63 bytes"},
      {longest + letter, "the PIN is too long: a FIDO2 PIN has at most 63 bytes"},
      {"p\xe4ss", "the PIN is not UTF-8 text, which every FIDO2 PIN is: it was not sent"},
      {"\xc0\xaf"
       "1234",
       "the PIN is not UTF-8 text, which every FIDO2 PIN is: it was not sent"},
      {"1234\xed\xa0\x80", "the PIN is not UTF-8 text, which every FIDO2 PIN is: it was not sent"},
      {"1234\xe2\x82", "the PIN is not UTF-8 text, which every FIDO2 PIN is: it was not sent"},
  }));
  CAPTURE(row.typed);
  const auto pin = possible_pin(as_bytes(row.typed));
  REQUIRE_FALSE(pin);
  CHECK(pin.error().code == Code::kPinRequired);
  CHECK(pin.error().message == row.message);
  CHECK(possible_pin(as_bytes(longest + "1")));
  // 63 bytes in normal form, more as it was typed
  std::string decomposed;
  for (int i = 0; i < 31; ++i) decomposed += "a\u0308";
  CHECK(possible_pin(as_bytes(decomposed)).value().size() == 62);
}
