#include "issue/issue.hpp"
#include "command/exit_code.hpp"
#include "ssh/key_paths.hpp"

#include <catch2/catch.hpp>

#include "crypto/digest.hpp"
#include "crypto/key_pair.hpp"
#include "crypto/verify.hpp"
#include "issue/mint.hpp"

using namespace halligan;

namespace {

// A security key without a token: signs what a token would sign, with any flags.
class SkSigner final : public ca::Signer {
 public:
  explicit SkSigner(std::uint8_t flags)
      : flags_(flags),
        key_(crypto::generate_key(ssh::KeyType::kEcdsa256).value()),
        public_key_(ssh::PublicKey::make(ssh::KeyType::kSkEcdsa, key_.key.point(), "ssh:test").value()) {}

  const ssh::PublicKey& public_key() const override { return public_key_; }

  Result<ssh::Signature> sign(ByteView message) override {
    ++calls;
    Bytes seen = to_bytes(message);
    if (tamper) seen.back() ^= 1;
    const auto blob =
        ssh::sk_signed_data(crypto::sha256(as_bytes("ssh:test")), flags_, 7, crypto::sha256(seen));
    HALLIGAN_TRY(auto signature, crypto::sign(key_, blob));
    signature.algorithm = ssh::SignatureAlgorithm::kSkEcdsa;
    signature.flags = flags_;
    signature.counter = 7;
    return signature;
  }

  int calls = 0;
  bool tamper = false;

 private:
  std::uint8_t flags_;
  ssh::PrivateKey key_;
  ssh::PublicKey public_key_;
};

// The grants here are of 1970, and not about lifetimes.
const ca::Policy kPolicy = [] {
  ca::Policy policy;
  policy.maximum_lifetime = UINT64_MAX;
  return policy;
}();

issue::CertificateSpec good_grant() {
  issue::CertificateSpec grant;
  grant.key_id = "ann: incident 4711";
  grant.principals = {"root", "admin"};
  grant.validity = {1000, 2000};
  grant.options = ssh::parse_options(ssh::CertificateType::kUser, {}).value();
  return grant;
}

ssh::PublicKey subject() {
  static const ssh::PublicKey key = crypto::generate_key(ssh::KeyType::kEd25519).value().key;
  return key;
}

}  // namespace

TEST_CASE("a grant becomes a body with its own nonce and a serial that is the time") {
  SkSigner signer(ssh::kUserPresent);
  const auto first = issue::prepare(good_grant(), subject(), kPolicy);
  const auto second = issue::prepare(good_grant(), subject(), kPolicy);
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->nonce.size() == ssh::kNonceSize);
  CHECK(first->nonce != second->nonce);
  CHECK(first->serial > 1'700'000'000'000);
  CHECK(first->principals == std::vector<std::string>{"root", "admin"});
  REQUIRE(first->extensions.size() == 1);
  CHECK(first->extensions[0].name == "permit-pty");
}

TEST_CASE("what must not be certified is refused before anything is signed") {
  SkSigner signer(ssh::kUserPresent);
  struct Row {
    const char* what;
    std::function<void(issue::CertificateSpec&)> spoil;
    const char* message;
  };
  const auto row = GENERATE(values<Row>({
      {"no end",
       [](issue::CertificateSpec& g) {
         g.validity = {1000, ssh::kForever};
       },
       "a certificate without an end, or a beginning, is not issued here"},
      {"no beginning",
       [](issue::CertificateSpec& g) {
         g.validity = {0, 1000};
       },
       "a certificate without an end, or a beginning, is not issued here"},
      {"serial 0", [](issue::CertificateSpec& g) { g.serial = 0; },
       "serial 0 cannot be revoked: revocation lists never match it"},
  }));
  CAPTURE(row.what);
  issue::CertificateSpec grant = good_grant();
  row.spoil(grant);
  const auto body = issue::prepare(grant, subject(), kPolicy);
  REQUIRE_FALSE(body);
  CHECK(body.error().message == row.message);
}

TEST_CASE("the rules for certificates hold for grants too") {
  SkSigner signer(ssh::kUserPresent);
  const auto spoil = GENERATE(values<std::function<void(issue::CertificateSpec&)>>({
      [](issue::CertificateSpec& g) { g.principals.clear(); },
      [](issue::CertificateSpec& g) { g.principals = {"root,admin"}; },
      [](issue::CertificateSpec& g) { g.principals = {""}; },
      [](issue::CertificateSpec& g) {
        g.principals = {"root", "root"};
      },
      [](issue::CertificateSpec& g) { g.principals = std::vector<std::string>(257, "x"); },
      [](issue::CertificateSpec& g) { g.key_id.clear(); },
      [](issue::CertificateSpec& g) { g.key_id = "a\nb"; },
      [](issue::CertificateSpec& g) {
        g.validity = {2000, 1000};
      },
  }));
  issue::CertificateSpec grant = good_grant();
  spoil(grant);
  const auto body = issue::prepare(grant, subject(), kPolicy);
  REQUIRE_FALSE(body);
  CHECK(command::exit_code(body.error().code) == 3);
}

TEST_CASE("a CA does not certify itself") {
  SkSigner signer(ssh::kUserPresent);
  const auto body = issue::prepare(good_grant(), signer.public_key(), kPolicy);
  CHECK(issue::issue(body.value(), signer, kPolicy).error().message ==
        "the key to be certified is the CA's own");
}

TEST_CASE("a signature that was touched for is released, and verifies") {
  SkSigner signer(ssh::kUserPresent);
  const auto body = issue::prepare(good_grant(), subject(), kPolicy);
  const auto certificate = issue::issue(body.value(), signer, kPolicy);
  REQUIRE(certificate);
  CHECK(signer.calls == 1);
  const auto again = ssh::parse_certificate(ssh::encode(*certificate));
  REQUIRE(again);
  CHECK(again->body.ca == signer.public_key());
  CHECK(again->body.nonce == body->nonce);
  CHECK(crypto::verify_certificate(*again).value().counter == 7);
}

TEST_CASE("a signature without a touch is thrown away") {
  SkSigner signer(0);
  const auto body = issue::prepare(good_grant(), subject(), kPolicy);
  const auto certificate = issue::issue(body.value(), signer, kPolicy);
  REQUIRE_FALSE(certificate);
  CHECK(certificate.error().message ==
        "policy: ca-touch: the CA's signature was made without a touch, and is thrown away");
}

TEST_CASE("a signature over something else is thrown away") {
  SkSigner signer(ssh::kUserPresent);
  signer.tamper = true;
  const auto body = issue::prepare(good_grant(), subject(), kPolicy);
  const auto certificate = issue::issue(body.value(), signer, kPolicy);
  REQUIRE_FALSE(certificate);
  CHECK(certificate.error().message.starts_with("the CA's signature: "));
}

TEST_CASE("certificates go where ssh looks for them") {
  CHECK(ssh::certificate_path("id.pub") == "id-cert.pub");
  CHECK(ssh::certificate_path("keys/id") == "keys/id-cert.pub");
  CHECK(ssh::certificate_path(".pub") == "-cert.pub");
}
