#include "crypto/digest.hpp"

#include <catch2/catch.hpp>

#include "base/codec.hpp"
#include "crypto/random.hpp"
#include "vectors.hpp"

using namespace halligan;
using namespace halligan::crypto;

// FIPS 180-4's examples.
TEST_CASE("SHA-256 and SHA-512") {
  CHECK(hex(sha256(as_bytes("abc"))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(sha256({})) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex(sha512(as_bytes("abc"))) ==
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST_CASE("a fingerprint is SHA256: and base64 without padding") {
  CHECK(fingerprint(as_bytes("abc")) == "SHA256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0");
  const ssh::PublicKey key = ssh::vector_key("rsa");
  CHECK(fingerprint(key) == fingerprint(key.blob()));
  CHECK(fingerprint(key).size() == 50);
  CHECK(md5_fingerprint(key).value().size() == 51);
}

TEST_CASE("random bytes fill everything and differ") {
  const Bytes first = random_bytes(64).value();
  const Bytes second = random_bytes(64).value();
  CHECK(first.size() == 64);
  CHECK(first != second);
  CHECK(first != Bytes(64));
  CHECK(random_bytes(0).value().empty());
  std::uint32_t seen = 0;
  for (int i = 0; i < 64; ++i) seen |= random_u32().value();
  CHECK(seen == 0xFFFFFFFF);  // each bit comes up at least once in 64 draws, but for one run in 2^59
}
