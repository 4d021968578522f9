#include "crypto/verify.hpp"

#include <catch2/catch.hpp>
#include <functional>

#include "crypto/key_pair.hpp"
#include "ssh/key_file.hpp"
#include "vectors.hpp"

using namespace halligan;
using namespace halligan::crypto;

TEST_CASE("every certificate that ssh-keygen signed verifies, but for SHA-1") {
  const auto names = ssh::vector_names("certificates", ".pub");
  REQUIRE(names.size() >= 20);
  for (const std::string& name : names) {
    CAPTURE(name);
    const ssh::Certificate certificate =
        ssh::parse_certificate_file(ssh::vector_text(name)).value().certificate;
    const auto verified = verify_certificate(certificate);
    if (name == "certificates/by-rsa-sha1.pub") {
      REQUIRE_FALSE(verified);
      CHECK(verified.error().code == Code::kUnsupported);
      continue;
    }
    REQUIRE(verified);
    CHECK(verified->is_sk == certificate.body.ca.is_sk());
  }
}

TEST_CASE("a security key's signature tells touch and counter") {
  const Verified touched = verify_certificate(ssh::vector_certificate("ed25519-by-sk-ecdsa")).value();
  CHECK(touched.user_present());
  CHECK_FALSE(touched.user_verified());
  CHECK(touched.counter == 0x01020304);
  const Verified untouched = verify_certificate(ssh::vector_certificate("ed25519-by-sk-ed25519")).value();
  CHECK_FALSE(untouched.user_present());
  CHECK(untouched.is_sk);
}

TEST_CASE("every changed field makes the signature fail") {
  using ssh::Certificate;
  struct Row {
    const char* what;
    std::function<void(Certificate&)> spoil;
  };
  const auto row = GENERATE(values<Row>({
      {"nonce", [](auto& c) { c.body.nonce[0] ^= 1; }},
      {"serial", [](auto& c) { ++c.body.serial; }},
      {"type", [](auto& c) { c.body.type = ssh::CertificateType::kHost; }},
      {"key id", [](auto& c) { c.body.key_id += "x"; }},
      {"principal", [](auto& c) { c.body.principals.push_back("root2"); }},
      {"after", [](auto& c) { --c.body.valid_after; }},
      {"before", [](auto& c) { ++c.body.valid_before; }},
      {"extension", [](auto& c) { c.body.extensions.pop_back(); }},
      {"reserved", [](auto& c) { c.body.reserved = {0}; }},
      {"subject", [](auto& c) { c.body.subject = ssh::vector_key("ecdsa256"); }},
      {"flags", [](auto& c) { c.signature.flags ^= 4; }},
      {"counter", [](auto& c) { ++c.signature.counter; }},
      {"r", [](auto& c) { c.signature.r.back() ^= 1; }},
      {"s", [](auto& c) { c.signature.s.back() ^= 1; }},
  }));
  CAPTURE(row.what);
  Certificate certificate = ssh::vector_certificate("ed25519-by-sk-ecdsa");
  row.spoil(certificate);
  const auto verified = verify_certificate(certificate);
  REQUIRE_FALSE(verified);
  CHECK(verified.error().code == Code::kNo);
  CHECK(verified.error().message == "the signature does not verify");
}

TEST_CASE("another application is another preimage") {
  ssh::Certificate certificate = ssh::vector_certificate("ed25519-by-sk-ecdsa");
  const Bytes message = ssh::to_be_signed(certificate.body);
  const ssh::PublicKey& ca = certificate.body.ca;
  CHECK(verify(ca, message, certificate.signature));
  const auto other = ssh::PublicKey::make(ca.type(), ca.point(), "ssh:else").value();
  CHECK(verify(other, message, certificate.signature).error().code == Code::kNo);
}

TEST_CASE("a key and a signature of different kinds") {
  const ssh::Certificate certificate = ssh::vector_certificate("ed25519-by-ecdsa256");
  const Bytes message = ssh::to_be_signed(certificate.body);
  CHECK(verify(ssh::vector_key("ecdsa384"), message, certificate.signature).error().code == Code::kBadInput);
  CHECK(verify(ssh::vector_key("sk-ecdsa"), message, certificate.signature).error().code == Code::kBadInput);
}

TEST_CASE("a key that is no point is bad input, not a wrong signature") {
  Bytes point(65, 1);
  point[0] = 4;
  const auto key = ssh::PublicKey::make(ssh::KeyType::kEcdsa256, point).value();
  const auto verified = verify(key, {}, ssh::vector_certificate("ed25519-by-ecdsa256").signature);
  CHECK(verified.error().code == Code::kBadInput);
}

TEST_CASE("an RSA signature without its leading zeros verifies, a longer one does not") {
  const ssh::KeyFile file = ssh::parse_key_file(ssh::vector_text("keys/rsa")).value();
  const ssh::PrivateKey& key = *file.software();
  // One signature in 256 begins with a zero.
  std::size_t shortened = 0;
  for (std::uint32_t i = 0; i < 4096 && shortened == 0; ++i) {
    const Bytes message{static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)};
    ssh::Signature signature = sign(key, message).value();
    if (signature.raw[0] != 0) continue;
    ++shortened;
    signature.raw.erase(signature.raw.begin());
    CHECK(verify(key.key, message, signature));
    signature.raw.insert(signature.raw.begin(), 2, 0);
    CHECK(verify(key.key, message, signature).error().code == Code::kNo);
  }
  CHECK(shortened == 1);
}

TEST_CASE("a certificate that we sign verifies, whatever the CA") {
  const auto type = GENERATE(ssh::KeyType::kEd25519, ssh::KeyType::kEcdsa256, ssh::KeyType::kEcdsa521);
  const ssh::PrivateKey ca = generate_key(type).value();
  ssh::CertificateBody body = ssh::vector_certificate("every-option").body;
  body.ca = ca.key;
  const ssh::Signature signature = sign(ca, ssh::to_be_signed(body)).value();
  const ssh::Certificate certificate{body, signature};
  CHECK(verify_certificate(ssh::parse_certificate(ssh::encode(certificate)).value()));
}
