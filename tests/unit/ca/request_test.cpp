#include "request/proof.hpp"

#include <catch2/catch.hpp>

#include "ca/key_signers.hpp"
#include "crypto/digest.hpp"
#include "crypto/key_pair.hpp"
#include "io/clock.hpp"
#include "request/voice_code.hpp"

using namespace halligan;

namespace {

request::SignedRequest made_by(ca::Signer& key) {
  const std::uint64_t now = io::unix_seconds();
  return request::make_request({{"root"}, {}, "ben", {now - 300, now + 600}}, key).value();
}

}  // namespace

TEST_CASE("a request is fresh for as long as is said, and clocks may differ by five minutes") {
  ca::SoftwareSigner key(crypto::generate_key(ssh::KeyType::kEd25519).value());
  const auto request = made_by(key);
  const std::uint64_t made = request.request.time;
  CHECK(request::verify_request(request, made + 3600, 3600));
  CHECK_FALSE(request::verify_request(request, made + 3601, 3600));
  CHECK(request::verify_request(request, made - 300, 3600));
  CHECK(request::verify_request(request, made - 301, 3600).error().code == Code::kNo);
}

TEST_CASE("every bit of a request is in its code, and co-signatures are not") {
  ca::SoftwareSigner key(crypto::generate_key(ssh::KeyType::kEd25519).value());
  ca::SoftwareSigner custodian(crypto::generate_key(ssh::KeyType::kEcdsa256).value());
  auto request = made_by(key);
  const std::string code = request::voice_code(request);
  CHECK(code.size() == 19);
  CHECK(request::parse_voice_code(code).value() == code);
  REQUIRE(request::co_sign(request, custodian));
  CHECK(request::voice_code(request) == code);
  const Bytes block = request::encode(request);
  const std::size_t signed_size = request::signed_part(request).size();
  std::size_t others = 0;
  for (std::size_t i = 0; i < signed_size; ++i) {
    Bytes changed = block;
    changed[i] ^= 1;
    const auto parsed = request::parse_request(changed);
    if (!parsed) continue;
    ++others;
    CHECK(request::voice_code(*parsed) != code);
    CHECK_FALSE(request::verify_request(*parsed, request.request.time, 60));
  }
  CHECK(others > 100);
}

TEST_CASE("a custodian's security key counts when it was touched") {
  const bool touched = GENERATE(true, false);
  // What a token signs, with any flags.
  class SkCustodian final : public ca::Signer {
   public:
    explicit SkCustodian(bool touched) : flags_(touched ? ssh::kUserPresent : std::uint8_t{0}) {}
    const ssh::PublicKey& public_key() const override { return public_; }
    Result<ssh::Signature> sign(ByteView message) override {
      const auto data =
          ssh::sk_signed_data(crypto::sha256(as_bytes("ssh:x")), flags_, 1, crypto::sha256(message));
      HALLIGAN_TRY(auto signature, crypto::sign(pair_, data));
      signature.algorithm = ssh::SignatureAlgorithm::kSkEd25519;
      signature.flags = flags_;
      signature.counter = 1;
      return signature;
    }

   private:
    std::uint8_t flags_;
    ssh::PrivateKey pair_ = crypto::generate_key(ssh::KeyType::kEd25519).value();
    ssh::PublicKey public_ =
        ssh::PublicKey::make(ssh::KeyType::kSkEd25519, pair_.key.point(), "ssh:x").value();
  };
  ca::SoftwareSigner key(crypto::generate_key(ssh::KeyType::kEd25519).value());
  SkCustodian custodian(touched);
  auto request = made_by(key);
  REQUIRE(request::co_sign(request, custodian));
  const std::vector<ssh::AllowedSigner> allowed{{"ann", custodian.public_key()}};
  const auto found = request::co_signers(request, allowed);
  REQUIRE(found.has_value() == touched);
  if (!touched) CHECK_THAT(found.error().message, Catch::Matchers::EndsWith("made without a touch"));
}

TEST_CASE("a code as it is heard") {
  CHECK(request::parse_voice_code(" 7qk2 mOxn9d4t-hrwc ").value() == "7QK2-M0XN-9D4T-HRWC");
  CHECK(request::parse_voice_code("ilIL-0000-0000-0000").value() == "1111-0000-0000-0000");
  for (const char* bad :
       {"", "7QK2-M0XN-9D4T-HRW", "7QK2-M0XN-9D4T-HRWC0", "7QK2-M0XN-9D4T-HRWU", "7QK2_M0XN-9D4T-HRWC"}) {
    CAPTURE(bad);
    CHECK(request::parse_voice_code(bad).error().code == Code::kUsage);
  }
}
