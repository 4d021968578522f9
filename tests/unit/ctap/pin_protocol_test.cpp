// The other end is softkey's, which fido2-token and python3-fido2 judge.
#include "ctap/pin_protocol.hpp"

#include <catch2/catch.hpp>

#include "base/codec.hpp"
#include "softkey/pin_protocol.hpp"
#include "unit/softkey/fake_env.hpp"

using namespace halligan;

namespace {

constexpr std::string_view kPin = "314159";

ctap::Point client_point(const softkey::Point& point) {
  ctap::Point result;
  std::copy(point.x.begin(), point.x.end(), result.x.begin());
  std::copy(point.y.begin(), point.y.end(), result.y.begin());
  return result;
}

softkey::Point token_point(const ctap::Point& point) {
  softkey::Point result;
  std::copy(point.x.begin(), point.x.end(), result.x.begin());
  std::copy(point.y.begin(), point.y.end(), result.y.begin());
  return result;
}

}  // namespace

TEST_CASE("both ends of both PIN protocols understand each other") {
  const int version = GENERATE(1, 2);
  INFO("protocol " << version);
  softkey::FakeEnv env;
  softkey::PinProtocol token(version, env);
  const auto client = ctap::PinProtocol::agree(version, client_point(token.public_key()));
  REQUIRE(client);
  const auto secret = token.agree(token_point(client->public_key()));
  REQUIRE(secret);

  const auto hash = token.cipher().decrypt(*secret, client->encrypt_pin_hash(as_bytes(kPin)));
  REQUIRE(hash);
  const auto expected = softkey::sha256({as_bytes(kPin)});
  CHECK(same(hash->view(), ByteView(expected).first(16)));

  const Bytes given = token.cipher().encrypt(*secret, token.token().view(), env);
  const auto proof = client->decrypt_token(given);
  REQUIRE(proof);
  CHECK(proof->version() == version);
  const Bytes message = to_bytes(std::string_view("a message"));
  CHECK(token.cipher().verify(token.token().view(), message, proof->authenticate(message)));
  CHECK(proof->authenticate(message).size() == (version == 1 ? 16 : 32));
  CHECK_FALSE(token.cipher().verify(token.token().view(), as_bytes("another"), proof->authenticate(message)));

  CHECK_FALSE(client->decrypt_token({}));
  CHECK_FALSE(client->decrypt_token(ByteView(given).first(given.size() - 1)));
  CHECK_FALSE(client->decrypt_token(Bytes(64)));
}

TEST_CASE("a key of the token that is no point of the curve is refused") {
  softkey::FakeEnv env;
  ctap::Point point = client_point(softkey::PinProtocol(2, env).public_key());
  point.y[31] ^= 1;
  CHECK_FALSE(ctap::PinProtocol::agree(2, point));
  CHECK_FALSE(ctap::PinProtocol::agree(1, ctap::Point{}));
  point.x.fill(0xff);
  CHECK_FALSE(ctap::PinProtocol::agree(1, point));
}
