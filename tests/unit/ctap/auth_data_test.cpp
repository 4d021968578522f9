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

namespace {

const std::string kX = std::string(64, '1');
const std::string kY = std::string(64, '2');

Bytes bytes_of(const std::string& digits) { return parse_hex(digits).value(); }

}  // namespace

TEST_CASE("the public key of a credential is one of two kinds") {
  const auto ecdsa = ctap::credential_key(bytes_of("a5010203262001215820" + kX + "225820" + kY));
  REQUIRE(ecdsa);
  CHECK_FALSE(ecdsa->ed25519);
  CHECK(hex(ecdsa->point) == "04" + kX + kY);
  const auto ed25519 = ctap::credential_key(bytes_of("a4010103272006215820" + kX));
  REQUIRE(ed25519);
  CHECK(ed25519->ed25519);
  CHECK(hex(ed25519->point) == kX);
}

TEST_CASE("a public key of another kind is not taken for one of them") {
  const std::string digits = GENERATE_COPY(
      values<std::string>({"a5010203262002215820" + kX + "225820" + kY,    // another curve
                           "a501020338222001215820" + kX + "225820" + kY,  // another algorithm
                           "a5010103262001215820" + kX + "225820" + kY,    // another type
                           "a4010203262001215820" + kX,                    // no y
                           "a501020326200121581f" + kX.substr(2) + "225820" + kY, "a4010103272005215820" + kX,
                           "a0", "", "a4010103272006215820" + kX.substr(2)}));
  INFO(digits);
  CHECK_FALSE(ctap::credential_key(bytes_of(digits)));
}

TEST_CASE("authenticator data are one byte string, in the one encoding of it") {
  CHECK(ctap::auth_data_in(Bytes{0x42, 1, 2}) == Bytes{1, 2});
  for (const Bytes& bad : {Bytes{}, Bytes{0x42, 1}, Bytes{0x42, 1, 2, 3}, Bytes{0x58, 2, 1, 2},
                           Bytes{0x62, 'a', 'b'}, Bytes{0x5F, 0x42, 1, 2, 0xFF}}) {
    INFO(hex(bad));
    CHECK_FALSE(ctap::auth_data_in(bad));
  }
}

TEST_CASE("a new key comes with its model and its public key") {
  const std::string cose = "a4010103272006215820" + kX;
  const std::string data =
      std::string(64, '0') + "41" + "00000007" + "000102030405060708090a0b0c0d0e0f" + "0002" + "aabb" + cose;
  Bytes cbor{0x58, static_cast<std::uint8_t>(data.size() / 2)};
  append(cbor, bytes_of(data));
  const auto key = ctap::new_key(cbor);
  REQUIRE(key);
  CHECK(hex(key->aaguid) == "000102030405060708090a0b0c0d0e0f");
  CHECK(hex(key->id) == "aabb");
  CHECK(hex(key->public_key) == cose);
}
