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

/// The defaults apply where there is no policy file.
struct Policy {
  std::uint64_t maximum_lifetime =
      std::uint64_t{24} * 60 * 60;  ///< seconds, from valid_after to valid_before
  /// How wrong a host's clock may be: a certificate that is to be valid now must be so for such a host, too.
  /// Seconds; a minute less the second by which ssh-keygen's "-V +1h" begins too late.
  std::uint64_t clock_skew = 59;
  std::optional<std::vector<std::string>> principals;  ///< of user certificates; none: every name
  std::optional<std::string> key_id;  ///< POSIX extended regular expression; none: every text
  std::optional<std::vector<std::string>> extensions;  ///< permitted ones; none: those that OpenSSH defines
  /// Mandatory in user certificates, with this value where there is one.
  std::map<std::string, std::optional<std::string>> critical_options;
  std::size_t co_signers = 0;    ///< co-signatures that a request needs; if any, nothing else is signed
  bool verify_required = false;  ///< the CA's signature needs user verification, not a touch alone
  /// Release no certificate whose counter does not follow on the ledger's: "counter": "strict".
  bool counter_strict = false;
  std::optional<crypto::Sha256> sha256{};  ///< of the file's bytes; none without a file
};

/// A JSON object with `//` and `/* */` comments, every member optional: "maximum_lifetime" and "clock_skew"
/// (durations as in -V: "8h", 90), "principals" and "extensions" (arrays of names), "key_id" (regular
/// expression), "critical_options" (object: name to value, or to true for a flag), "verify_required"
/// (boolean), "counter" ("warn" or "strict").
/// @errors kBadInput: not JSON, unknown or repeated member, wrong type, invalid regular expression
Result<Policy> parse_policy(std::string_view text);

/// The policy in this file, which must be there. @errors as io::read_file() · kBadInput
Result<Policy> read_policy(const std::string& path);

struct PolicyText {
  Policy policy;
  Bytes text;  ///< the file's bytes
};
/// The same, with its text. @errors as read_policy()
Result<PolicyText> read_policy_text(const std::string& path);

/// The policy that is named, or the one beside the CA's file ("ca" → "ca.policy"), or the default.
/// @param ca_file empty: the CA is searched on the token
/// @errors as read_policy() · kBadInput (another policy beside a link to the CA) · kUnreachable (dangling
/// link)
Result<Policy> find_policy(const std::optional<std::string>& named, const std::string& ca_file);

/// May this certificate be issued now? @param now Unix seconds
/// @errors kBadInput: "policy: maximum-lifetime: …". Rules: maximum-lifetime, clock-skew, principals, key-id,
/// extensions, critical-options, verify-required-on-software-key
Result<> check_policy(const Policy& policy, const ssh::CertificateBody& body, std::uint64_t now);

/// May a certificate be issued without a request? @errors kBadInput: co-signers
Result<> check_without_request(const Policy& policy);

/// May this key be the CA's? Checked before the touch. @errors kBadInput: ca-verify-required
Result<> check_authority(const Policy& policy, const ssh::PublicKey& ca);

/// May a certificate with this CA signature be released? sshd requires neither touch nor PIN of a CA.
/// @errors kUnreachable: ca-touch, ca-verify-required
Result<> check_signature(const Policy& policy, const crypto::Verified& verified);

}  // namespace halligan::ca
