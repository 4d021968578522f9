#include "ca/policy_binding.hpp"

#include <catch2/catch.hpp>

#include "base/codec.hpp"
#include "ca/authority_files.hpp"
#include "crypto/key_pair.hpp"
#include "issue/policy_check.hpp"

using namespace halligan;

namespace {

// printf {} | sha256sum | xxd -r -p | base64 | tr +/ -_ | tr -d =
const std::string kDigits = "RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o";
const crypto::Sha256 kOfDigits = crypto::sha256(as_bytes("{}"));

ca::Policy policy_of(const std::optional<crypto::Sha256>& hash) {
  ca::Policy policy;
  policy.sha256 = hash;
  return policy;
}

}  // namespace

TEST_CASE("a display name comes back as it was written") {
  const auto comment = GENERATE(values<std::string>({"", "A", "token A", "exactly 13 by", "two  blanks"}));
  CAPTURE(comment);
  const auto bound = ca::format_key_label({comment, kOfDigits});
  REQUIRE(bound);
  CHECK(*bound == "policy:" + kDigits + (comment.empty() ? "" : " " + comment));
  CHECK(bound->size() <= ca::kLongestDisplayName);
  CHECK(ca::parse_key_label(*bound) == ca::KeyLabel{comment, kOfDigits});
  CHECK(ca::format_key_label({comment, {}}).value() == comment);
  CHECK(ca::parse_key_label(comment) == ca::KeyLabel{comment, {}});
}

TEST_CASE("what is not exactly of the form is a comment") {
  const auto name = GENERATE_COPY(values<std::string>({
      "policy:",
      "policy: ask ann",
      "policy:" + kDigits.substr(1),            // cut
      "policy:" + kDigits.substr(0, 42) + "p",  // the two bits after the last byte are not zero
      "policy:" + kDigits + "=",                // padded
      "policy:" + kDigits + "x",                // too long
      "policy:" + kDigits + " ",                // a blank and no comment
      "policy:" + kDigits + "\ntext",           // another separator
      "Policy:" + kDigits,
      " policy:" + kDigits,
      "token A policy:" + kDigits,
      "policy:" + std::string(43, '+'),  // the other alphabet
      "policy:" + std::string(43, '/'),
      "policy:" + std::string(43, '\0'),
      std::string(300, 'x'),
  }));
  CAPTURE(name);
  CHECK(ca::parse_key_label(name) == ca::KeyLabel{name, {}});
}

TEST_CASE("a comment that does not fit beside a hash, or reads like one, is refused") {
  CHECK(ca::format_key_label({"exactly 14 byt", kOfDigits}).error().message ==
        "the comment \"exactly 14 byt\" has 14 bytes, and beside a policy's hash the token has room for 13");
  CHECK(ca::format_key_label({"policy:" + kDigits, {}}).error().code == Code::kBadInput);
  CHECK(ca::format_key_label({std::string(80, 'x'), {}}));  // without a policy the token cuts it, as ever
}

TEST_CASE("the policy in force is the one that the CA is bound to, or a reason is given") {
  const crypto::Sha256 other = crypto::sha256(as_bytes("{ }"));
  const ca::Binding bound{ca::BindingSource::kToken, kOfDigits};
  const ca::Binding free{ca::BindingSource::kToken, {}};
  CHECK(issue::check_binding(bound, policy_of(kOfDigits), "").value() == false);
  CHECK(issue::check_binding(bound, policy_of(kOfDigits), "why").value() == false);
  CHECK(issue::check_binding(bound, policy_of(other), "why").value() == true);
  CHECK(issue::check_binding(bound, policy_of({}), "why").value() == true);
  CHECK(issue::check_binding(free, policy_of({}), "").value() == false);
  CHECK(issue::check_binding(free, policy_of(other), "").value() == false);
  CHECK(issue::check_binding({}, policy_of({}), "why").value() == true);
  const auto none = issue::check_binding(bound, policy_of({}), "");
  REQUIRE_FALSE(none);
  CHECK(none.error().code == Code::kBadInput);
  CHECK(none.error().message == "policy: binding: this CA is bound to the policy with SHA-256 " +
                                    hex(kOfDigits) + ", and no policy is in force");
  const auto wrong = issue::check_binding(bound, policy_of(other), "");
  REQUIRE_FALSE(wrong);
  CHECK_THAT(wrong.error().message, Catch::EndsWith(", and the one in force has " + hex(other)));
}

TEST_CASE("ca.json says which policy the CA is bound to") {
  const auto key = crypto::generate_key(ssh::KeyType::kEd25519).value().key;
  const std::string start = R"({"version":1,"public_key":")" + ssh::format_public_key_line(key, "") + "\"";
  REQUIRE(ca::parse_authority_notes(start + "}"));
  CHECK_FALSE(ca::parse_authority_notes(start + "}")->policy);
  const auto notes =
      ca::parse_authority_notes(start + R"(,"counter":3,"policy_sha256":")" + hex(kOfDigits) + "\"}");
  REQUIRE(notes);
  CHECK(notes->policy == kOfDigits);
  CHECK(notes->counter == 3U);
  for (const std::string bad : {"1", "null", "\"\"", "\"4413\"", "\"xyz\""}) {
    CAPTURE(bad);
    CHECK(ca::parse_authority_notes(start + ",\"policy_sha256\":" + bad + "}").error().message ==
          "its policy_sha256 is not 64 hexadecimal digits");
  }
}
