#include "ca/policy.hpp"

#include <fmt/format.h>
#include <fnmatch.h>
#include <re2/re2.h>

#include <algorithm>

#include "base/codec.hpp"
#include "crypto/canary.hpp"
#include "ssh/options.hpp"

namespace halligan::ca {
namespace {

Failure refused(std::string_view rule, const std::string& text, std::string hint = {}) {
  return fail(Code::kBadInput, fmt::format("policy: {}: {}", rule, text), std::move(hint));
}

bool among(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool matches_one(const std::vector<std::string>& patterns, const std::string& name) {
  return std::ranges::any_of(
      patterns, [&](const auto& each) { return ::fnmatch(each.c_str(), name.c_str(), FNM_NOESCAPE) == 0; });
}

std::string minutes(std::uint64_t seconds) {
  return seconds % 60 == 0 ? fmt::format("{} min", seconds / 60) : fmt::format("{} s", seconds);
}

// What a policy says may be as large as its file; compiled it must not be much larger.
RE2 compiled(const std::string& expression) {
  constexpr std::int64_t kLargest = 1 << 20;  // bytes
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kLargest);
  return RE2(expression, options);
}

// The window that fits: as long as may be, and begun early enough for hosts whose clocks are behind.
std::string fitting_validity(std::uint64_t lifetime, std::uint64_t skew) {
  constexpr std::uint64_t kMinute = 60;
  const std::uint64_t wanted = lifetime >= 20 * kMinute ? 5 * kMinute : kMinute;
  const std::uint64_t before = std::max(wanted, (skew / kMinute + 1) * kMinute);
  if (lifetime <= before + skew) return "-V";  // there is none
  const std::uint64_t left = lifetime - before;
  return fmt::format("-V -{}m:+{}", before / kMinute,
                     left % kMinute == 0 ? std::to_string(left / kMinute) + "m" : std::to_string(left) + "s");
}

Result<> check_times(const Policy& policy, const ssh::CertificateBody& body, std::uint64_t now) {
  const std::uint64_t lifetime = body.valid_before - body.valid_after;
  const bool host = body.type == ssh::CertificateType::kHost && policy.host_maximum_lifetime;
  const std::uint64_t most = host ? *policy.host_maximum_lifetime : policy.maximum_lifetime;
  if (lifetime > most && !crypto::is_canary(body)) {
    return refused(host ? "host-maximum-lifetime" : "maximum-lifetime",
                   fmt::format("valid for {}, at most {}", minutes(lifetime), minutes(most)),
                   "ask for less: " + fitting_validity(most, policy.clock_skew));
  }
  if (body.valid_after > now && body.valid_after - now > policy.valid_after_within) {
    return refused("valid-after-within",
                   fmt::format("begins in {}, at most {}", minutes(body.valid_after - now),
                               minutes(policy.valid_after_within)),
                   "ask for an earlier one with -V");
  }
  constexpr std::uint64_t kUsual = 65 * 60;  // seconds
  const std::string usual = fitting_validity(std::min(most, kUsual), policy.clock_skew);
  // A certificate for later, or an expired one, is not meant to be valid now.
  if (body.valid_after > now + policy.clock_skew || body.valid_before + policy.clock_skew <= now) return {};
  if (body.valid_after + policy.clock_skew > now) {
    return refused(
        "clock-skew",
        fmt::format("not valid yet for a host whose clock is {} behind", minutes(policy.clock_skew)),
        "start earlier: " + usual);
  }
  if (body.valid_before <= now + policy.clock_skew) {
    return refused(
        "clock-skew",
        fmt::format("expired already for a host whose clock is {} ahead", minutes(policy.clock_skew)),
        "end later: " + usual);
  }
  return {};
}

Result<> check_names(const Policy& policy, const ssh::CertificateBody& body) {
  if (policy.key_id && !crypto::is_canary(body) &&
      !RE2::PartialMatch(body.key_id, compiled(*policy.key_id))) {
    return refused("key-id",
                   fmt::format("{} does not match {}", printable(body.key_id), printable(*policy.key_id)),
                   "give another with -I");
  }
  const bool user = body.type == ssh::CertificateType::kUser;
  for (const std::string& principal : body.principals) {
    if (user && policy.principals && !among(*policy.principals, principal))
      return refused("principals", printable(principal) + " is not allowed");
    if (!user && policy.hosts && !matches_one(*policy.hosts, principal))
      return refused("hosts", "a certificate for the host " + printable(principal) + " is not allowed");
  }
  return {};
}

Result<> check_extensions(const Policy& policy, const ssh::CertificateBody& body) {
  for (const ssh::CertificateOption& extension : body.extensions) {
    const bool allowed =
        policy.extensions ? among(*policy.extensions, extension.name)
                          : ssh::option_kind(body.type, extension.name, false) != ssh::OptionKind::kUnknown;
    if (!allowed) return refused("extensions", printable(extension.name) + " is not allowed");
  }
  return {};
}

Result<> check_critical(const Policy& policy, const ssh::CertificateBody& body) {
  if (ssh::find_option(body.critical, "verify-required") != nullptr && !body.subject.is_sk()) {
    return refused("verify-required-on-software-key", "sshd ignores this option for software keys",
                   "certify an ecdsa-sk or ed25519-sk key, or omit the option");
  }
  if (body.type != ssh::CertificateType::kUser) return {};
  for (const auto& [name, value] : policy.critical_options) {
    const ssh::CertificateOption* option = ssh::find_option(body.critical, name);
    const std::string required = name + (value ? "=" + *value : "");
    if (option == nullptr)
      return refused("critical-options", required + " is missing", "add it: -O " + required);
    HALLIGAN_TRY(const auto given, ssh::option_value(*option));
    if (given != value) return refused("critical-options", name + " has another value than " + required);
  }
  return {};
}

}  // namespace

Result<> check_expression(const std::string& expression) {
  const RE2 made = compiled(expression);
  return made.ok() ? Result<>{}
                   : fail(Code::kBadInput, printable(expression.substr(0, 64)) + ": " + made.error());
}

Result<> check_policy(const Policy& policy, const ssh::CertificateBody& body, std::uint64_t now) {
  if (!policy.canaries && crypto::is_canary(body)) return refused("canaries", "this CA issues none");
  HALLIGAN_CHECK(check_times(policy, body, now));
  HALLIGAN_CHECK(check_names(policy, body));
  HALLIGAN_CHECK(check_extensions(policy, body));
  return check_critical(policy, body);
}

Result<> check_without_request(const Policy& policy) {
  if (policy.co_signers == 0) return {};
  return refused("co-signers",
                 fmt::format("this CA requires a request with {} co-signatures", policy.co_signers),
                 "use halligan sign --request FILE --co-signers FILE");
}

Result<> check_authority(const Policy& policy, const ssh::PublicKey& ca) {
  if (!policy.verify_required || ca.is_sk()) return {};
  return refused("ca-verify-required", "the CA key is not on a token and cannot verify its user",
                 "use a CA made with halligan ca init");
}

Result<> check_signature(const Policy& policy, const crypto::Verified& verified) {
  if (verified.is_sk && !verified.user_present()) {
    return fail(Code::kUnreachable,
                "policy: ca-touch: discarded the CA's signature, which was made without a touch",
                "use a CA key that requires a touch, made and added to the agent without no-touch-required");
  }
  if (policy.verify_required && !(verified.is_sk && verified.user_verified())) {
    return fail(Code::kUnreachable,
                "policy: ca-verify-required: discarded the CA's signature, which was made without user "
                "verification",
                "use a CA made with --verify-required");
  }
  return {};
}

}  // namespace halligan::ca
