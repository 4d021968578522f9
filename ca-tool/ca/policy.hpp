// What a CA may sign. Checked before the token is asked for anything; each refusal names its rule.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "crypto/verify.hpp"
#include "ssh/certificate.hpp"

namespace halligan::ca {

inline constexpr std::size_t kLargestPolicy = 64 * 1024;  // bytes of a file

/// The defaults apply where there is no policy file.
struct Policy {
  std::uint64_t maximum_lifetime =
      std::uint64_t{24} * 60 * 60;                     ///< seconds, from valid_after to valid_before
  std::optional<std::uint64_t> host_maximum_lifetime;  ///< of host certificates, instead
  /// How wrong a host's clock may be: a certificate that is to be valid now must be so for such a host, too.
  /// Seconds; a minute less the second by which ssh-keygen's "-V +1h" begins too late.
  std::uint64_t clock_skew = 59;
  std::uint64_t valid_after_within =
      std::uint64_t{24} * 60 * 60;                     ///< seconds from now until it begins, at most
  std::optional<std::vector<std::string>> principals;  ///< of user certificates; none: every name
  std::optional<std::vector<std::string>> hosts;       ///< patterns for the principals of host certificates
  std::optional<std::string> key_id;  ///< regular expression, see check_expression(); none: every text
  std::optional<std::vector<std::string>> extensions;  ///< permitted ones; none: those that OpenSSH defines
  /// Mandatory in user certificates, with this value where there is one.
  std::map<std::string, std::optional<std::string>> critical_options;
  std::size_t co_signers = 0;    ///< co-signatures that a request needs; if any, nothing else is signed
  bool verify_required = false;  ///< the CA's signature needs user verification, not a touch alone
  /// Release no certificate whose counter does not follow on the ledger's: "counter": "strict".
  bool counter_strict = false;
  /// Canaries (crypto/canary.hpp) may be issued. Nobody can use them, so of the other rules neither the
  /// longest lifetime nor key_id nor co_signers bind them.
  bool canaries = true;
  std::optional<crypto::Sha256> sha256{};  ///< of the file's bytes; none without a file
};

/// A JSON object with `//` and `/* */` comments, every member optional: "maximum_lifetime",
/// "host_maximum_lifetime", "clock_skew" and "valid_after_within" (durations as in -V: "8h", 90),
/// "principals" and "extensions" (arrays of names), "hosts" (array of patterns with * and ?), "key_id"
/// (regular expression), "critical_options" (object: name to value, or to true for a flag), "verify_required"
/// (boolean), "counter" ("warn" or "strict"), "canaries" (boolean).
/// @errors kBadInput: not JSON, unknown or repeated member, wrong type, invalid regular expression
Result<Policy> parse_policy(std::string_view text);

/// Can it be a rule for key IDs: a regular expression in the syntax of RE2, whose time is linear in the text?
/// @errors kBadInput (syntax, too large)
Result<> check_expression(const std::string& expression);

/// The policy in this file. @errors as io::read_trusted_file() · kBadInput
Result<Policy> read_policy(const std::string& path);

struct PolicyText {
  Policy policy;
  Bytes text;  ///< the file's bytes
};
/// The same, with its text. @errors as read_policy()
Result<PolicyText> read_policy_text(const std::string& path);

/// May this certificate be issued now? @param now Unix seconds
/// @errors kBadInput: "policy: maximum-lifetime: …". Rules: maximum-lifetime, valid-after-within, clock-skew,
/// canaries, principals, hosts, key-id, extensions, critical-options, verify-required-on-software-key
Result<> check_policy(const Policy& policy, const ssh::CertificateBody& body, std::uint64_t now);

/// May a certificate be issued without a request? @errors kBadInput: co-signers
Result<> check_without_request(const Policy& policy);

/// May this key be the CA's? Checked before the touch. @errors kBadInput: ca-verify-required
Result<> check_authority(const Policy& policy, const ssh::PublicKey& ca);

/// May a certificate with this CA signature be released? sshd requires neither touch nor PIN of a CA.
/// @errors kUnreachable: ca-touch, ca-verify-required
Result<> check_signature(const Policy& policy, const crypto::Verified& verified);

}  // namespace halligan::ca
