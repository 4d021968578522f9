#include "ctap/auth_data.hpp"

#include <catch2/catch.hpp>

#include "base/codec.hpp"
#include "ctap/digest.hpp"

using namespace halligan;

TEST_CASE("SHA-256 agrees with FIPS 180-4's example") {
  CHECK(hex(ctap::sha256(as_bytes("abc"))) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(ctap::sha256({})) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("the counter stands after hash and flags, big-endian") {
  Bytes data(33, 0xff);
  append(data, Bytes{0x01, 0x02, 0x03, 0x04, 0xff});
  CHECK(ctap::counter_of(data) == 0x01020304U);
  CHECK(ctap::counter_of(ByteView(data).first(37)) == 0x01020304U);
  CHECK_FALSE(ctap::counter_of(ByteView(data).first(36)));
  CHECK_FALSE(ctap::counter_of({}));
}

TEST_CASE("authenticator data is matched to its application through its first 32 bytes") {
  const auto digest = ctap::sha256(as_bytes("ssh:"));
  const auto wrapped = [&](const Bytes& head, std::size_t size) {
    Bytes out = head;
    Bytes data(digest.begin(), digest.end());
    data.resize(size, 0);
    append(out, data);
    return out;
  };
  CHECK(ctap::is_for_application(wrapped({0x58, 37}, 37), "ssh:"));
  CHECK(ctap::is_for_application(wrapped({0x59, 0, 200}, 200), "ssh:"));
  CHECK_FALSE(ctap::is_for_application(wrapped({0x58, 37}, 37), "ssh:x"));
  CHECK_FALSE(ctap::is_for_application(wrapped({0x58, 38}, 37), "ssh:"));
  CHECK_FALSE(ctap::is_for_application(wrapped({0x58, 36}, 36), "ssh:"));
  CHECK_FALSE(ctap::is_for_application(wrapped({0x78, 37}, 37), "ssh:"));
  CHECK_FALSE(ctap::is_for_application({}, "ssh:"));
}
