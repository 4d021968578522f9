#include "issue/preflight.hpp"
#include "issue/sign.hpp"

#include <catch2/catch.hpp>

#include "command/exit_code.hpp"
#include "crypto/digest.hpp"
#include "crypto/key_pair.hpp"
#include "crypto/verify.hpp"
#include "issue/issuer.hpp"
#include "issue/spec.hpp"
#include "ssh/key_file.hpp"

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

// The certificates here are of 1970; lifetimes are not the subject.
const ca::Policy kPolicy = [] {
  ca::Policy policy;
  policy.maximum_lifetime = UINT64_MAX;
  return policy;
}();

issue::CertificateSpec good_spec() {
  issue::CertificateSpec spec;
  spec.key_id = "ann: incident 4711";
  spec.principals = {"root", "admin"};
  spec.validity = {1000, 2000};
  spec.options = ssh::parse_options(ssh::CertificateType::kUser, {}).value();
  return spec;
}

ssh::PublicKey subject() {
  static const ssh::PublicKey key = crypto::generate_key(ssh::KeyType::kEd25519).value().key;
  return key;
}

ssh::CertificateBody good_body(const ca::Signer& signer) {
  return issue::make_body(good_spec(), subject(), signer.public_key(), 41).value();
}

}  // namespace

TEST_CASE("a specification becomes a body of this CA with this serial and its own nonce") {
  const SkSigner signer(ssh::kUserPresent);
  REQUIRE(issue::check_spec(good_spec(), subject(), kPolicy));
  const auto first = good_body(signer);
  CHECK(first.nonce.size() == ssh::kNonceSize);
  CHECK(first.nonce != good_body(signer).nonce);
  CHECK(first.serial == 41);
  CHECK(first.subject == subject());
  CHECK(first.ca == signer.public_key());
  CHECK(first.principals == std::vector<std::string>{"root", "admin"});
  REQUIRE(first.extensions.size() == 1);
  CHECK(first.extensions[0].name == "permit-pty");
  CHECK(ssh::validate(first));
}

TEST_CASE("what must not be certified is refused before a CA is known") {
  struct Row {
    std::function<void(issue::CertificateSpec&)> spoil;
    std::string message;
  };
  using Spec = issue::CertificateSpec;
  const auto row = GENERATE(values<Row>({
      {[](Spec& spec) {
         spec.validity = {1000, ssh::kForever};
       },
       "unbounded certificates are not allowed"},
      {[](Spec& spec) {
         spec.validity = {0, 1000};
       },
       "unbounded certificates are not allowed"},
      {[](Spec& spec) { spec.serial = 0; }, "serial 0 cannot be revoked: revocation lists never match it"},
      {[](Spec& spec) { spec.principals.clear(); }, "no principals"},
      {[](Spec& spec) { spec.principals = {"root,admin"}; }, "principal root,admin: a comma inside"},
      {[](Spec& spec) { spec.principals = {""}; }, "empty principal"},
      {[](Spec& spec) {
         spec.principals = {"root", "root"};
       },
       "principal root is named twice"},
      {[](Spec& spec) { spec.principals = std::vector<std::string>(257, "x"); },
       "257 principals, at most 256"},
      {[](Spec& spec) { spec.key_id.clear(); }, "empty key ID"},
      {[](Spec& spec) { spec.key_id = "a\nb"; }, "key ID a\\x0ab: control characters or not UTF-8"},
      {[](Spec& spec) {
         spec.validity = {2000, 1000};
       },
       "validity that ends before it begins"},
  }));
  issue::CertificateSpec spec = good_spec();
  row.spoil(spec);
  const auto checked = issue::check_spec(spec, subject());
  REQUIRE_FALSE(checked);
  CHECK(checked.error().message == row.message);
  CHECK(command::exit_code(checked.error().code) == 3);
}

TEST_CASE("the policy is asked too") {
  ca::Policy policy = kPolicy;
  policy.principals = std::vector<std::string>{"admin"};
  CHECK(issue::check_spec(good_spec(), subject(), policy).error().message ==
        "policy: principals: root is not allowed");
}

TEST_CASE("a CA does not certify itself") {
  const SkSigner signer(ssh::kUserPresent);
  CHECK(issue::check_subject(subject(), signer.public_key()));
  CHECK(issue::check_subject(signer.public_key(), signer.public_key()).error().message ==
        "the key to be certified is the CA's own");
}

TEST_CASE("a signature that was touched for is released, and verifies") {
  SkSigner signer(ssh::kUserPresent);
  const auto body = good_body(signer);
  const auto done = issue::sign_all({body}, signer, kPolicy);
  REQUIRE(done.certificates);
  REQUIRE(done.certificates->size() == 1);
  CHECK(signer.calls == 1);
  CHECK(done.unreleased.empty());
  CHECK(done.unproven.empty());
  const auto& released = done.certificates->front();
  CHECK(released.verified.counter == 7);
  const auto again = ssh::parse_certificate(ssh::encode(released.certificate));
  REQUIRE(again);
  CHECK(again->body == body);
  CHECK(crypto::verify_certificate(*again).value().counter == 7);
  const auto [hash, signature] = issue::unreleased(*again);
  CHECK(crypto::Verifier().verify_hash(signer.public_key(), hash, signature).value().counter == 7);
}

TEST_CASE("a signature that must not be released ends the work, and nothing is released") {
  SkSigner untouched(0);
  SkSigner tampered(ssh::kUserPresent);
  tampered.tamper = true;
  const auto without_touch =
      issue::sign_all({good_body(untouched), good_body(untouched)}, untouched, kPolicy);
  REQUIRE_FALSE(without_touch.certificates);
  CHECK(without_touch.certificates.error().message ==
        "policy: ca-touch: discarded the CA's signature, which was made without a touch");
  CHECK(untouched.calls == 1);
  // It can be proved, for the ledger.
  REQUIRE(without_touch.unreleased.size() == 1);
  const auto& [hash, signature] = without_touch.unreleased.front();
  CHECK(crypto::Verifier().verify_hash(untouched.public_key(), hash, signature).value().counter == 7);
  CHECK_FALSE(crypto::Verifier().verify_hash(untouched.public_key(), crypto::Sha256{}, signature));
  const auto of_something_else = issue::sign_all({good_body(tampered)}, tampered, kPolicy);
  REQUIRE_FALSE(of_something_else.certificates);
  CHECK(of_something_else.certificates.error().message ==
        "the CA's signature: the signature does not verify");
  CHECK(of_something_else.unreleased.empty());
  CHECK(of_something_else.unproven == std::vector<std::uint32_t>{7});
}

TEST_CASE("what is shown before the question") {
  ca::OpenedCa opened;
  opened.place = "on a token";
  opened.signer = std::make_unique<SkSigner>(ssh::kUserPresent);
  std::vector<ssh::CertificateBody> bodies{good_body(*opened.signer)};
  const std::vector<issue::Row> purpose{{"Log in", "root@web1"}, {"", "through root@ba\x1bstion"}};
  const std::string one =
      issue::preview("To be signed:", bodies, purpose, opened, {"/ca.policy", "the one it is bound to"}, "");
  CHECK_THAT(one, Catch::Contains(
                      "root, admin\n  Log in      root@web1\n              through root@ba\\x1bstion\n"));
  CHECK_THAT(one, Catch::StartsWith("To be signed:\n  Key ID      ann: incident 4711\n"
                                    "  Principals  root, admin\n  Log in "));
  CHECK_THAT(one, Catch::Contains("  Validity    from 1970-01-01T"));
  CHECK_THAT(one, Catch::Contains("(1970-01-01T00:16:40Z)\n              to   1970-01-01T"));
  CHECK_THAT(one, Catch::Contains("\n  Serial      41\n  Critical    none\n  Extensions  permit-pty\n"));
  CHECK_THAT(one, Catch::EndsWith("\n              on a token\n  Policy      /ca.policy\n              the "
                                  "one it is bound to\n  Ledger      none\n"));
  CHECK_THAT(one, Catch::Contains("to   1970-01-01T") &&
                      Catch::Contains("\n              \x1b[31mEXPIRED already\x1b[0m\n"));
  auto odd = bodies;
  odd.front().valid_before = UINT64_MAX / 2;
  odd.front().critical.push_back(ssh::flag_option("new@example.com"));
  const std::string warned = issue::preview("To be signed:", odd, {}, opened, {"", ""}, "");
  CHECK_THAT(warned, Catch::Contains("\n  Finding     \x1b[31mrefused: "));
  CHECK_THAT(warned, !Catch::Contains("EXPIRED"));
  for (std::uint64_t serial = 42; serial < 62; ++serial) {
    bodies.push_back(bodies.front());
    bodies.back().serial = serial;
  }
  const std::string many =
      issue::preview("To be signed, 21 certificates:", bodies, {}, opened, {"", ""}, "led\nger");
  CHECK_THAT(many, Catch::Contains("\n  Keys        21\n              ED25519 SHA256:"));
  CHECK_THAT(many, Catch::Contains("\n              and 1 more\n"));
  CHECK_THAT(many, Catch::Contains("\n  Serial      41 to 61\n"));
  CHECK_THAT(many, Catch::EndsWith("\n  Policy      none\n  Ledger      led\\x0ager\n"));
}

TEST_CASE("certificates go where ssh looks for them") {
  CHECK(ssh::certificate_path("id.pub") == "id-cert.pub");
  CHECK(ssh::certificate_path("keys/id") == "keys/id-cert.pub");
  CHECK(ssh::certificate_path(".pub") == "-cert.pub");
}

TEST_CASE("a ProxyCommand that gives no connection is blamed, whichever way ssh noticed first") {
  const issue::Route through{.hops = {{.typed = "web1", .reached_by_command = true}}};
  const issue::Route direct{.hops = {{.typed = "web1"}}};
  const std::vector<std::string> principals{"root"};
  for (const char* said : {"Connection closed by UNKNOWN port 65535\r\n",
                           "banner exchange: Connection to UNKNOWN port 65535: Broken pipe\r\n"}) {
    CAPTURE(said);
    const auto reason = issue::reason_of({through, principals, 2000, said}, 1000);
    REQUIRE(reason);
    CHECK(reason->starts_with("web1: the ProxyCommand of your configuration gave no connection"));
  }
  const auto other =
      issue::reason_of({direct, principals, 2000, "Connection closed by 192.0.2.1 port 22\r\n"}, 1000);
  REQUIRE(other);
  CHECK(other->find("ProxyCommand") == std::string::npos);
}
