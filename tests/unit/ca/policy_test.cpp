#include "ca/policy.hpp"

#include <catch2/catch.hpp>

#include "unit/ssh/vectors.hpp"

using namespace halligan;

namespace {

constexpr std::uint64_t kPolicyMoment = 1'800'000'000;

// The rule that refuses a certificate with this validity; empty if none does.
std::string refusing_rule(const ca::Policy& policy, std::int64_t from, std::int64_t to) {
  const ssh::PublicKey key = ssh::vector_key("ed25519");
  ssh::CertificateBody body{.subject = key, .ca = key};
  body.key_id = "ann: 4711";
  body.principals = {"root"};
  body.valid_after = static_cast<std::uint64_t>(static_cast<std::int64_t>(kPolicyMoment) + from);
  body.valid_before = static_cast<std::uint64_t>(static_cast<std::int64_t>(kPolicyMoment) + to);
  const auto checked = ca::check_policy(policy, body, kPolicyMoment);
  if (checked) return {};
  const std::string& text = checked.error().message;
  const std::size_t begin = text.find(": ") + 2;
  return text.substr(begin, text.find(':', begin) - begin);
}

}  // namespace

TEST_CASE("the bounds of a policy's times, to the second") {
  ca::Policy policy;
  policy.maximum_lifetime = 3600;
  policy.valid_after_within = 7200;
  policy.clock_skew = 60;
  struct Row {
    std::int64_t from;
    std::int64_t to;
    const char* rule;
  };
  const auto row = GENERATE(values<Row>({
      {-60, 3540, ""},
      {-60, 3541, "maximum-lifetime"},
      {-59, 3000, "clock-skew"},  // a host that is 60 s behind
      {-60, 3000, ""},
      {-3000, 61, ""},
      {-3000, 60, "clock-skew"},  // a host that is 60 s ahead
      {60, 3000, "clock-skew"},
      {61, 3000, ""},    // for later
      {-3000, -60, ""},  // over
      {-3000, -59, "clock-skew"},
      {7200, 7300, ""},
      {7201, 7300, "valid-after-within"},
  }));
  CAPTURE(row.from, row.to);
  CHECK(refusing_rule(policy, row.from, row.to) == row.rule);
}
