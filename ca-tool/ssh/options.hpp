// Critical options and extensions: the arguments of ssh-keygen -O, and the data of the options that OpenSSH
// defines.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "ssh/certificate.hpp"

namespace halligan::ssh {

struct OptionSet {
  CertificateOptions critical;    ///< sorted by name, unique
  CertificateOptions extensions;  ///< sorted by name, unique
};

/// The options of a new certificate from the arguments of -O, in the order given. Names and meaning are
/// ssh-keygen's, upper and lower case alike: clear, [no-]permit-… as no-X11-forwarding /
/// permit-X11-forwarding and so on for agent-forwarding, port-forwarding, pty, user-rc; no-touch-required /
/// touch-required; verify-required / no-verify-required; force-command=COMMAND; source-address=CIDR,CIDR…;
/// critical:NAME[=VALUE]; extension:NAME[=VALUE]. Other than ssh-keygen's five, the default of a user
/// certificate is permit-pty alone; a host certificate has none and takes only critical: and extension:.
/// @errors kUsage (unknown, given twice, empty value, not for a host certificate, malformed address)
Result<OptionSet> parse_options(CertificateType type, std::span<const std::string> arguments);

/// "192.0.2.0/24,2001:db8::/32": at least one entry, each an address with or without a prefix length, no bit
/// of the host set (sshd refuses the login otherwise). @errors kBadInput
Result<> check_source_address(std::string_view list);

/// The same list with the addresses that sshd takes although they should not be written so, such as "127.1"
/// and "0177.0.0.1", in their usual form. What check_source_address() takes comes back as it is. @errors
/// kBadInput
Result<std::string> plain_source_address(std::string_view list);

/// What OpenSSH expects after a name.
enum class OptionKind { kFlag, kValue, kUnknown };
OptionKind option_kind(CertificateType type, std::string_view name, bool critical);

/// The value inside an option's data: exactly one SSH text. nullopt for a flag (no data).
/// @errors kBadInput (anything else)
Result<std::optional<std::string>> option_value(const CertificateOption& option);

CertificateOption flag_option(std::string_view name);
CertificateOption value_option(std::string_view name, std::string_view value);

/// The option of this name, or nullptr.
const CertificateOption* find_option(const CertificateOptions& options, std::string_view name);

}  // namespace halligan::ssh
