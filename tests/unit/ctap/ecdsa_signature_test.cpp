#include "ctap/ecdsa_signature.hpp"

#include <catch2/catch.hpp>

#include "base/codec.hpp"

using namespace halligan;
using ctap::parse_ecdsa_signature;

namespace {

Bytes integer(const Bytes& content) {
  Bytes out{0x02, static_cast<std::uint8_t>(content.size())};
  append(out, content);
  return out;
}

Bytes sequence(const Bytes& r, const Bytes& s) {
  Bytes body = integer(r);
  append(body, integer(s));
  Bytes out{0x30, static_cast<std::uint8_t>(body.size())};
  append(out, body);
  return out;
}

// Shortest DER of what was read: accepted must mean identical.
Bytes encode(const ctap::EcdsaSignature& signature) {
  const auto with_sign = [](Bytes value) {
    if (value[0] >= 0x80) value.insert(value.begin(), 0);
    return value;
  };
  return sequence(with_sign(signature.r), with_sign(signature.s));
}

}  // namespace

TEST_CASE("DER: r and s come out without their sign byte") {
  const auto signature = parse_ecdsa_signature(sequence({0x00, 0x80, 0x01}, {0x7f}));
  REQUIRE(signature);
  CHECK(signature->r == Bytes{0x80, 0x01});
  CHECK(signature->s == Bytes{0x7f});
}

TEST_CASE("DER: every departure from the strict form is refused") {
  struct Row {
    const char* what;
    Bytes der;
  };
  Bytes trailing = sequence({1}, {2});
  trailing.push_back(0);
  const Bytes max33(33, 0x7f);
  const auto row = GENERATE_COPY(values<Row>({
      {"empty", {}},
      {"not a sequence", {0x31, 0x00}},
      {"long form length", {0x30, 0x81, 0x06, 2, 1, 1, 2, 1, 2}},
      {"trailing byte", trailing},
      {"one integer", {0x30, 0x03, 0x02, 0x01, 0x01}},
      {"three integers", {0x30, 0x09, 2, 1, 1, 2, 1, 1, 2, 1, 1}},
      {"negative", sequence({0x80}, {1})},
      {"zero", sequence({0x00}, {1})},
      {"not minimal", sequence({0x00, 0x01}, {1})},
      {"empty integer", sequence({}, {1})},
      {"33 bytes", sequence(max33, {1})},
      {"truncated", {0x30, 0x06, 2, 1, 1, 2}},
  }));
  CAPTURE(row.what);
  CHECK_FALSE(parse_ecdsa_signature(row.der));
}

TEST_CASE("DER: every one-byte mutation is refused or re-encodes to itself") {
  const Bytes good = sequence(Bytes(32, 0x41), Bytes(32, 0x42));
  REQUIRE(parse_ecdsa_signature(good));
  int refused = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes bad = good;
      bad[i] = static_cast<std::uint8_t>(bad[i] ^ 1 << bit);
      const auto parsed = parse_ecdsa_signature(bad);
      if (parsed) {
        CHECK(encode(*parsed) == bad);
      } else {
        ++refused;
      }
    }
  }
  CHECK(refused >= 48);  // the six header bytes
}
