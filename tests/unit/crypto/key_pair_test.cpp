#include "crypto/key_pair.hpp"
#include "crypto/public_key.hpp"

#include <catch2/catch.hpp>
#include <cstring>

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
