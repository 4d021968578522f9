#include "base/secret.hpp"

#include <catch2/catch.hpp>
#include <cstring>
#include <new>

using namespace halligan;

TEST_CASE("a secret holds its capacity and refuses one byte more") {
  Secret<4> secret;
  CHECK(secret.append(as_bytes("1234")));
  CHECK_FALSE(secret.append(std::uint8_t{'5'}));
  CHECK(as_text(secret.view()) == "1234");
  CHECK(std::strlen(secret.c_str()) == 4);
}

TEST_CASE("moving a secret wipes the source") {
  Pin first;
  REQUIRE(first.append(as_bytes("123456")));
  const Pin second = std::move(first);
  CHECK(as_text(second.view()) == "123456");
  CHECK(first.size() == 0);  // NOLINT(bugprone-use-after-move): that it is empty is what is tested
  for (std::size_t i = 0; i < Pin::kCapacity; ++i) CHECK(first.data()[i] == 0);
}

TEST_CASE("nothing is left in memory after a secret is gone") {
  alignas(Pin) unsigned char memory[sizeof(Pin)];
  std::memset(memory, 0xAA, sizeof memory);
  auto* pin = new (memory) Pin;
  REQUIRE(pin->append(as_bytes("topsecret")));
  pin->~Pin();
  CHECK(::memmem(memory, sizeof memory, "topsecret", 9) == nullptr);
}

TEST_CASE("shrinking wipes what is dropped") {
  Pin pin;
  REQUIRE(pin.append(as_bytes("123456")));
  REQUIRE(pin.resize(2));
  CHECK(pin.data()[3] == 0);
  CHECK_FALSE(pin.resize(Pin::kCapacity + 1));
}
