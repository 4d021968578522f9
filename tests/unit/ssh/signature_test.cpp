#include "ssh/signature.hpp"

#include <catch2/catch.hpp>

#include "base/codec.hpp"
#include "vectors.hpp"

using namespace halligan;
using namespace halligan::ssh;

TEST_CASE("the signatures of every kind of CA, as ssh-keygen made them") {
  struct Row {
    const char* file;
    SignatureAlgorithm algorithm;
    std::size_t raw;
    std::uint8_t flags;
    std::uint32_t counter;
  };
  const auto row =
      GENERATE(values<Row>({{"ed25519-by-ed25519", SignatureAlgorithm::kEd25519, 64, 0, 0},
                            {"ed25519-by-ecdsa256", SignatureAlgorithm::kEcdsa256, 0, 0, 0},
                            {"ed25519-by-ecdsa384", SignatureAlgorithm::kEcdsa384, 0, 0, 0},
                            {"ed25519-by-ecdsa521", SignatureAlgorithm::kEcdsa521, 0, 0, 0},
                            {"ed25519-by-rsa", SignatureAlgorithm::kRsaSha512, 256, 0, 0},
                            {"by-rsa-sha256", SignatureAlgorithm::kRsaSha256, 256, 0, 0},
                            {"by-rsa-sha1", SignatureAlgorithm::kRsaSha1, 256, 0, 0},
                            {"ed25519-by-sk-ecdsa", SignatureAlgorithm::kSkEcdsa, 0, 1, 0x01020304},
                            {"ed25519-by-sk-ed25519", SignatureAlgorithm::kSkEd25519, 64, 0, 0x01020304}}));
  CAPTURE(row.file);
  const Certificate certificate = vector_certificate(row.file);
  const Signature& signature = certificate.signature;
  CHECK(signature.algorithm == row.algorithm);
  CHECK(signature.raw.size() == row.raw);
  CHECK(signature.r.empty() == (row.raw != 0));
  CHECK(signature.flags == row.flags);
  CHECK(signature.counter == row.counter);
  CHECK(fits(signature.algorithm, certificate.body.ca.type()));
  CHECK(is_supported(signature.algorithm) == (row.algorithm != SignatureAlgorithm::kRsaSha1));
  CHECK(parse_signature(encode(signature)).value() == signature);

  const Bytes good = encode(signature);
  const std::size_t refused = count_refused_mutations(good, [&](const Bytes& mutated) {
    const auto parsed = parse_signature(mutated);
    if (parsed) CHECK(encode(*parsed) == mutated);
    return parsed.has_value();
  });
  CHECK(refused >= good.size());
}

TEST_CASE("signatures that are malformed or of unknown kind") {
  const auto blob = [](std::string_view algorithm, const char* inner, const char* behind) {
    WireWriter writer;
    writer.text(algorithm).string(parse_hex(inner).value()).raw(parse_hex(behind).value());
    return std::move(writer).take();
  };
  struct Row {
    Bytes wire;
    const char* message;
  };
  const auto row = GENERATE_COPY(values<Row>({
      {blob("ssh-ed25519", "0102", ""), "a signature of 2 bytes"},
      {blob("rsa-sha2-256", "", ""), "a signature of 0 bytes"},
      {blob("ecdsa-sha2-nistp256", "000000010100000000", ""), "a signature number of 0 bytes, not 1..32"},
      {blob("ecdsa-sha2-nistp256", "0000000101000000010200", ""), "1 trailing bytes"},
      {blob("ecdsa-sha2-nistp256", "00000001810000000102", ""), "a negative number"},
      {blob("sk-ecdsa-sha2-nistp256@openssh.com", "00000001010000000102", "0100000001ff"),
       "1 trailing bytes"},
      {blob("ssh-dss", "01", ""), "unknown signature algorithm ssh-dss"},
      {blob("webauthn-sk-ecdsa-sha2-nistp256@openssh.com", "01", ""),
       "unknown signature algorithm webauthn-sk-ecdsa-sha2-nistp256@openssh.com"},
  }));
  const auto parsed = parse_signature(row.wire);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().message == row.message);
}

TEST_CASE("ECDSA numbers are no longer than the curve") {
  WireWriter inner;
  inner.mpint(Bytes(33, 0x7F)).mpint(Bytes{1});
  WireWriter writer;
  writer.text("ecdsa-sha2-nistp256").string(inner.bytes());
  CHECK(parse_signature(writer.bytes()).error().message == "a signature number of 33 bytes, not 1..32");
}

TEST_CASE("what a security key signs") {
  std::array<std::uint8_t, 32> application{};
  std::array<std::uint8_t, 32> message{};
  application.fill(0xAA);
  message.fill(0xBB);
  const auto data = sk_signed_data(application, 0x05, 0x01020304, message);
  CHECK(hex(data) == std::string(64, 'a') + "0501020304" + std::string(64, 'b'));
}
