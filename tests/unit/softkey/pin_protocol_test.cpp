#include "softkey/pin_protocol.hpp"

#include <catch2/catch.hpp>

#include "base/codec.hpp"
#include "fake_env.hpp"

using namespace halligan;
using namespace halligan::softkey;

namespace {

Key32 key_of(std::string_view text) {
  Key32 key;
  REQUIRE(key.append(sha256({as_bytes(text)})));
  return key;
}

struct Vector {
  int version;
  const char* secret;
  const char* cipher;
  const char* tag;
};

}  // namespace

// Made with python3-fido2 0.9.1 and its python3-cryptography from the private keys SHA-256("a") and
// SHA-256("b"), the plain text 00..1f, in protocol two the iv a0..af, and the message "message".
TEST_CASE("both protocols agree with python3-fido2") {
  const auto row = GENERATE(values<Vector>(
      {{1, "ccb2fd5136cfd0e5a7e5357eb3ab8c6a05a24ad820926b876924a909c0499133",
        "3fc466588ae36f78cf87d376dd5fdf6d5380a55319f4ae3c130cf1a29a9effc6",
        "677699b4cb94cca715dd89372916006b"},
       {2,
        "5961e19cc7558a83e433eb2dba4d13ceb46582c35c92b4198b4ca078eb5b17d4"
        "9ad2812355e3e487c1a666690a8b1dc6f5442e660f44dcbafe96d2f167e7f1d6",
        "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf65445d24f8c6f65b2e42f826fb34bbd5244fff072c5758c8f7248b1d193c3429",
        "c5cd23d6d1fed9c291178c60f0c062c9240f9f828a669fdaa9655f308ad6a2b6"}}));
  const PinCipher cipher(row.version);
  const Point peer = p256_public(key_of("b"));
  CHECK(hex(peer.x) == "310577e49315ba62911ad18d962d491fc675f023396c74ba3d46d999a95dca06");
  CHECK(hex(peer.y) == "13dbaaefb958e1c478236c3ae6132dd89c11c0eb2eb78598db7067feaa31e8be");
  const SharedSecret secret = cipher.agree(key_of("a"), peer).value();
  CHECK(hex(secret.view()) == row.secret);
  CHECK(same(secret.view(), cipher.agree(key_of("b"), p256_public(key_of("a"))).value().view()));

  const Bytes encrypted = parse_hex(row.cipher).value();
  CHECK(hex(cipher.decrypt(secret, encrypted).value().view()) ==
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  const Bytes tag = parse_hex(row.tag).value();
  CHECK(cipher.authenticate(secret.view(), as_bytes("message")) == tag);
  CHECK(cipher.verify(secret.view(), as_bytes("message"), tag));
  CHECK_FALSE(cipher.verify(secret.view(), as_bytes("massage"), tag));
  CHECK_FALSE(cipher.verify(secret.view(), as_bytes("message"), ByteView(tag).first(tag.size() - 1)));
  CHECK_FALSE(cipher.verify(secret.view(), as_bytes("message"), {}));
}

TEST_CASE("what is encrypted decrypts, and what cannot have been is refused") {
  FakeEnv env;
  const int version = GENERATE(1, 2);
  const PinCipher cipher(version);
  const SharedSecret secret = cipher.agree(key_of("a"), p256_public(key_of("b"))).value();
  const Bytes plain(64, 0x5a);
  const Bytes encrypted = cipher.encrypt(secret, plain, env);
  CHECK(encrypted.size() == (version == 1 ? 64 : 80));
  CHECK(same(cipher.decrypt(secret, encrypted).value().view(), plain));
  CHECK((cipher.encrypt(secret, plain, env) == encrypted) == (version == 1));
  CHECK(cipher.decrypt(secret, ByteView(encrypted).first(63)).error() == Status::kInvalidParameter);
  CHECK(cipher.decrypt(secret, Bytes(1056)).error() == Status::kInvalidParameter);
  if (version == 2) CHECK(cipher.decrypt(secret, Bytes(15)).error() == Status::kInvalidParameter);
}

TEST_CASE("a point that is not on the curve gets no key agreement") {
  Point point = p256_public(key_of("b"));
  point.y[31] ^= 1;
  CHECK(PinCipher(2).agree(key_of("a"), point).error() == Status::kInvalidParameter);
  CHECK(PinCipher(1).agree(key_of("a"), Point{}).error() == Status::kInvalidParameter);
}

TEST_CASE("keys and tokens are replaced when asked") {
  FakeEnv env;
  PinProtocol protocol(2, env);
  const Digest before = protocol.public_key().x;
  const Bytes token = to_bytes(protocol.token().view());
  protocol.regenerate(env);
  CHECK_FALSE(protocol.public_key().x == before);
  CHECK(same(protocol.token().view(), token));
  protocol.reset_token(env);
  CHECK_FALSE(same(protocol.token().view(), token));
}
