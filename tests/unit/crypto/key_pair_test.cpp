#include "crypto/key_pair.hpp"
#include "crypto/public_key.hpp"

#include <catch2/catch.hpp>
#include <cstring>
#include <utility>
#include <vector>

#include "base/codec.hpp"
#include "crypto/verify.hpp"
#include "ssh/key_file.hpp"
#include "vectors.hpp"

using namespace halligan;
using namespace halligan::crypto;
using ssh::KeyType;

TEST_CASE("a new key pair of every software kind signs, verifies and survives its file") {
  const auto type =
      GENERATE(KeyType::kEd25519, KeyType::kEcdsa256, KeyType::kEcdsa384, KeyType::kEcdsa521, KeyType::kRsa);
  CAPTURE(ssh::name(type));
  const ssh::PrivateKey key = generate_key(type, 2048).value();
  CHECK(key.key.type() == type);
  CHECK(check_public_key(key.key));
  CHECK(check_key_pair(key));
  const Bytes message = to_bytes("a message");
  const ssh::Signature signature = sign(key, message).value();
  CHECK(signature.algorithm == ssh::default_algorithm(type));
  CHECK(verify(key.key, message, signature));
  CHECK(verify(key.key, to_bytes("a massage"), signature).error().code == Code::kNo);
  const SigningKey ready = SigningKey::make(key).value();
  for (const auto* text : {"a message", "another"}) {
    CHECK(verify(key.key, to_bytes(text), ready.sign(to_bytes(text), ssh::default_algorithm(type)).value()));
  }

  const KeyText text = ssh::write_key_file(key, "c", 7).value();
  const ssh::KeyFile back = ssh::parse_key_file(as_text(text.view())).value();
  REQUIRE(back.software() != nullptr);
  CHECK(check_key_pair(*back.software()));
  CHECK(verify(key.key, message, sign(*back.software(), message).value()));
}

TEST_CASE("a key's own check of a P-256 signature says what verifying says") {
  const ssh::PrivateKey key = generate_key(KeyType::kEcdsa256).value();
  const SigningKey ready = SigningKey::make(key).value();
  const Bytes message = to_bytes("a message");
  const ssh::Signature good = ready.sign(message, ssh::SignatureAlgorithm::kEcdsa256).value();
  // The order of the curve, FIPS 186-5.
  const Bytes order = parse_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").value();
  const auto minus = [&](const Bytes& from, const Bytes& number) {
    Bytes out(order.size());
    int borrow = 0;
    for (std::size_t i = 1; i <= out.size(); ++i) {
      const int digit = i <= number.size() ? number[number.size() - i] : 0;
      const int left = from[from.size() - i] - digit - borrow;
      borrow = left < 0 ? 1 : 0;
      out[out.size() - i] = static_cast<std::uint8_t>(left & 0xFF);
    }
    return out;
  };
  ssh::Signature mirrored = good;
  mirrored.s = minus(order, good.s);
  for (const ssh::Signature& each : {good, mirrored}) {
    CHECK(ready.verify_own(message, each).value());
    CHECK(verify(key.key, message, each));
  }
  std::vector<std::pair<Bytes, ssh::Signature>> bad{{to_bytes("a massage"), good}};
  for (Bytes ssh::Signature::*number : {&ssh::Signature::r, &ssh::Signature::s}) {
    for (const Bytes& wrong : {Bytes{}, Bytes{0}, Bytes{1}, order, minus(order, Bytes{1}), Bytes(33, 0xFF)}) {
      bad.push_back({message, good});
      bad.back().second.*number = wrong;
    }
    bad.push_back({message, good});
    (bad.back().second.*number).back() ^= 1U;
  }
  // s + n is the same number modulo n, and no signature.
  Bytes sum(33);
  Bytes s = good.s;
  s.insert(s.begin(), order.size() - s.size(), 0);
  for (std::size_t i = order.size(), carry = 0; i-- > 0;) {
    const std::size_t digit = order[i] + s[i] + carry;
    sum[i + 1] = static_cast<std::uint8_t>(digit & 0xFF);
    carry = digit >> 8U;
    sum[0] = static_cast<std::uint8_t>(carry);
  }
  bad.push_back({message, good});
  bad.back().second.s = sum;
  for (const auto& [text, signature] : bad) {
    CAPTURE(hex(signature.r), hex(signature.s));
    const auto own = ready.verify_own(text, signature).value();
    REQUIRE(!own);
    CHECK(own.error().code == Code::kNo);
    CHECK(!verify(key.key, text, signature));
  }
  const ssh::Signature of_other = sign(generate_key(KeyType::kEcdsa256).value(), message).value();
  CHECK(ready.verify_own(message, of_other).value().error().code == Code::kNo);
  for (const auto type : {KeyType::kEd25519, KeyType::kEcdsa384, KeyType::kRsa}) {
    const ssh::PrivateKey other = generate_key(type, 2048).value();
    CHECK(!SigningKey::make(other).value().verify_own(message, sign(other, message).value()));
  }
}

TEST_CASE("a key that is no pair is not made ready") {
  const auto type = GENERATE(KeyType::kEd25519, KeyType::kEcdsa256, KeyType::kRsa);
  CAPTURE(ssh::name(type));
  ssh::PrivateKey key = generate_key(type, 2048).value();
  key.key = generate_key(type, 2048).value().key;
  CHECK(!SigningKey::make(key));
}

TEST_CASE("two new keys are two keys") {
  CHECK_FALSE(generate_key(KeyType::kEd25519).value().key == generate_key(KeyType::kEd25519).value().key);
  CHECK_FALSE(generate_key(KeyType::kEcdsa256).value().key == generate_key(KeyType::kEcdsa256).value().key);
}

TEST_CASE("RSA keys have the size that was asked for") {
  CHECK(generate_key(KeyType::kRsa).value().key.bits() == kDefaultRsaBits);
  CHECK(generate_key(KeyType::kRsa, 1024).error().code == Code::kUsage);
  CHECK(generate_key(KeyType::kRsa, 16385).error().message == "RSA key of 16385 bits, not 2048..16384");
  CHECK(generate_key(KeyType::kSkEcdsa).error().code == Code::kUsage);
}

TEST_CASE("ssh-keygen's key files are key pairs to OpenSSL") {
  const std::string name = GENERATE("ed25519", "ecdsa256", "ecdsa384", "ecdsa521", "rsa");
  const ssh::KeyFile file = ssh::parse_key_file(ssh::vector_text("keys/" + name)).value();
  CHECK(check_key_pair(*file.software()));
}

TEST_CASE("every changed number of a private key is noticed") {
  const std::string name = GENERATE("ed25519", "ecdsa256", "ecdsa521", "rsa");
  ssh::KeyFile file = ssh::parse_key_file(ssh::vector_text("keys/" + name)).value();
  ssh::PrivateKey& key = std::get<ssh::PrivateKey>(file.key);
  for (ssh::SecretNumber* number : {&key.secret, &key.iqmp, &key.p, &key.q}) {
    if (number->empty()) continue;
    std::uint8_t& last = number->data()[number->size() - 1];
    last ^= 2;  // 2 and not 1: an even RSA prime would be too easy
    if (number != &key.secret || name != "rsa") {
      const auto checked = check_key_pair(key);
      REQUIRE_FALSE(checked);
      CHECK(checked.error().code == Code::kBadInput);
    }
    last ^= 2;
  }
  CHECK(check_key_pair(key));
}

TEST_CASE("a point off its curve is no key") {
  const auto type = GENERATE(KeyType::kEcdsa256, KeyType::kEcdsa384, KeyType::kEcdsa521, KeyType::kSkEcdsa);
  Bytes point(ssh::info(type).point_size, 1);
  point[0] = 4;
  const auto key = ssh::PublicKey::make(type, point, ssh::is_sk(type) ? "ssh:" : "").value();
  const auto checked = check_public_key(key);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().code == Code::kBadInput);
  CHECK(checked.error().message.starts_with("not a valid key"));
}

TEST_CASE("ssh-keygen's public keys are keys to OpenSSL") {
  const std::string name =
      GENERATE("ed25519", "ecdsa256", "ecdsa384", "ecdsa521", "rsa", "sk-ecdsa", "sk-ed25519");
  CHECK(check_public_key(ssh::vector_key(name)));
}

TEST_CASE("a key signs only what it can") {
  const ssh::KeyFile file = ssh::parse_key_file(ssh::vector_text("keys/rsa")).value();
  const ssh::PrivateKey& rsa = *file.software();
  const Bytes message = to_bytes("m");
  CHECK(verify(rsa.key, message, sign(rsa, message, ssh::SignatureAlgorithm::kRsaSha256).value()));
  CHECK(sign(rsa, message, ssh::SignatureAlgorithm::kRsaSha1).error().code == Code::kUsage);
  CHECK(sign(rsa, message, ssh::SignatureAlgorithm::kEd25519).error().code == Code::kUsage);
  const ssh::PrivateKey on_token{.key = ssh::vector_key("sk-ecdsa")};
  CHECK(sign(on_token, message).error().code == Code::kUsage);
}
