#include "crypto/public_key.hpp"

#include <openssl/bn.h>

#include <catch2/catch.hpp>

#include "base/codec.hpp"
#include "base/handle.hpp"
#include "crypto/key_pair.hpp"

using namespace halligan;
using crypto::check_public_key;
using ssh::KeyType;

namespace {

// A little-endian number of 32 bytes, and perhaps the sign of x in the highest bit.
std::string why_point(const std::string& hexadecimal, bool sign, KeyType type = KeyType::kEd25519) {
  Bytes point = parse_hex(hexadecimal).value();
  if (sign) point.back() |= 0x80;
  const auto key = ssh::PublicKey::make(type, point, ssh::is_sk(type) ? "ssh:" : "");
  const auto checked = check_public_key(key.value());
  return checked ? "" : checked.error().message;
}

using Number = Handle<BIGNUM, BN_free>;

Number prime_of(int bits) {
  Number prime(BN_new());
  REQUIRE(BN_generate_prime_ex(prime.get(), bits, 0, nullptr, nullptr, nullptr) == 1);
  return prime;
}

Number product(const BIGNUM* a, const BIGNUM* b) {
  Number out(BN_new());
  const Handle<BN_CTX, BN_CTX_free> context(BN_CTX_new());
  REQUIRE(BN_mul(out.get(), a, b, context.get()) == 1);
  return out;
}

bool is_strong(const BIGNUM* modulus) {
  Bytes bytes(static_cast<std::size_t>(BN_num_bytes(modulus)));
  BN_bn2bin(modulus, bytes.data());
  return check_public_key(ssh::PublicKey::make_rsa(Bytes{1, 0, 1}, bytes).value()).has_value();
}

}  // namespace

TEST_CASE("points of Ed25519 that anybody can sign for") {
  const std::string zeros(62, '0');
  struct Row {
    std::string y;
    const char* why;
  };
  constexpr const char* kSmall = "small order";
  constexpr const char* kSpelling = "another spelling";
  const auto row = GENERATE_COPY(values<Row>({
      {"01" + zeros, kSmall},                                                        // order 1
      {"ec" + std::string(60, 'f') + "7f", kSmall},                                  // y = -1: order 2
      {"00" + zeros, kSmall},                                                        // order 4
      {"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", kSmall},  // order 8
      {"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", kSmall},
      {"ed" + std::string(60, 'f') + "7f", kSpelling},  // p, which is 0
      {"ee" + std::string(60, 'f') + "7f", kSpelling},  // p + 1
      {std::string(62, 'f') + "7f", kSpelling},
      {"02" + zeros, "not on the curve"},
  }));
  for (const bool sign : {false, true}) {
    for (const KeyType type : {KeyType::kEd25519, KeyType::kSkEd25519}) {
      CAPTURE(row.y, sign);
      CHECK_THAT(why_point(row.y, sign, type), Catch::Contains(row.why));
    }
  }
}

TEST_CASE("points of Ed25519 that are somebody's") {
  for (int i = 0; i < 50; ++i) {
    const ssh::PrivateKey key = crypto::generate_key(KeyType::kEd25519).value();
    CHECK(check_public_key(key.key));
  }
  // RFC 8032, 7.1
  CHECK(why_point("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", false).empty());
}

TEST_CASE("moduli of RSA that anybody can factor") {
  const Number p = prime_of(1024);
  const Number q = prime_of(1024);
  const Number three(BN_new());
  REQUIRE(BN_set_word(three.get(), 3) == 1);
  CHECK(is_strong(product(p.get(), q.get()).get()));
  CHECK_FALSE(is_strong(product(p.get(), p.get()).get()));
  CHECK_FALSE(is_strong(product(product(p.get(), q.get()).get(), three.get()).get()));
  CHECK_FALSE(is_strong(p.get()));
  const ssh::PrivateKey key = crypto::generate_key(KeyType::kRsa, 2048).value();
  CHECK(check_public_key(key.key));
}

TEST_CASE("a point that is not on its curve of ECDSA") {
  for (const KeyType type : {KeyType::kEcdsa256, KeyType::kEcdsa384, KeyType::kEcdsa521, KeyType::kSkEcdsa}) {
    const ssh::PrivateKey good =
        crypto::generate_key(type == KeyType::kSkEcdsa ? KeyType::kEcdsa256 : type).value();
    Bytes point(good.key.point().begin(), good.key.point().end());
    const std::string application = type == KeyType::kSkEcdsa ? "ssh:" : "";
    CHECK(check_public_key(ssh::PublicKey::make(type, point, application).value()));
    point.back() ^= 1;
    const auto off = ssh::PublicKey::make(type, point, application);
    if (off) CHECK_FALSE(check_public_key(*off));
  }
}
