// What is odd about a certificate that parsed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ssh/certificate.hpp"

namespace halligan::ssh {

enum class Severity {
  kNote,     ///< worth knowing
  kWarning,  ///< weaker than it should be, or works on some hosts only
  kRefused,  ///< sshd will not accept it
};

/// What a finding is about, for those who have judged the validity or the signature already.
enum class Topic { kContent, kValidity, kSignature };

struct Finding {
  Severity severity;
  Topic topic;
  std::string_view code;  ///< stable, for --json: "options-unsorted", "serial-zero", …
  std::string text;       ///< lower case, no full stop; names from the certificate are made printable
};

/// Nothing here depends on the time or on a host; the most severe come first. Codes: options-unsorted,
/// options-duplicate, option-unknown, option-malformed, address-odd, extension-unknown, principals-none,
/// principal-odd, validity-unbounded, validity-empty, serial-zero, nonce-size, reserved-used, signature-sha1,
/// signature-mismatch, ca-untouched (an sk CA signed without user presence), key-id-odd, rsa-small.
std::vector<Finding> findings(const Certificate& certificate);

}  // namespace halligan::ssh
