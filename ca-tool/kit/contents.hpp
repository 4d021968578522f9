// What a kit says, whatever it is written on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ca/configuration.hpp"
#include "kit/command.hpp"
#include "kit/hosts.hpp"
#include "runbook/shelf.hpp"
#include "ssh/key.hpp"

namespace halligan::kit {

struct KitCa {
  std::string name;  ///< of the configuration, else of the file
  ssh::PublicKey key;
  std::string comment;
  std::string fingerprint;
  std::vector<std::string> art;  ///< randomart, by ssh-keygen
  std::optional<ca::ConfiguredCa> configured;
  std::optional<std::uint32_t> counter{};  ///< last one on record

  /// The line of its ca.pub.
  std::string line() const { return ssh::format_public_key_line(key, comment); }
  /// The same as it is in a QR code: without a comment that is not plain ASCII, which readers decode each in
  /// their own way.
  std::string qr_text() const;
};

/// The state of one chain of records.
struct KitLedger {
  std::string label;
  std::uint64_t records = 0;
  std::uint64_t last = 0;  ///< Unix seconds
  std::string head;        ///< SHA-256 of the last record
};

struct Contents {
  std::uint64_t made = 0;
  std::string machine;
  std::vector<KitCa> authorities;
  std::vector<KitLedger> ledgers;
  std::vector<std::string> ledger_files;
  std::vector<std::string> tokens;
  std::vector<std::string> seals;
  std::vector<KitHost> hosts;
  std::vector<runbook::Runbook> runbooks;  ///< all that there are
  ca::Configuration configuration;

  /// The runbook of that name. @errors kNotFound
  Result<const runbook::Runbook*> find_runbook(const std::string& name) const;
};

inline constexpr const char* kEmergencyPage = "emergency-access";
inline constexpr const char* kFallbackPage = "without-halligan";

/// The CAs that are meant. @param wanted names or files; none: all that are configured
/// @errors as ca::Configuration::load(), ca::read_authority_public_key() · kUsage (none)
Result<std::vector<KitCa>> find_authorities(const ca::Configuration& configuration,
                                            const std::vector<std::string>& wanted);

/// @errors as find_authorities(), find_hosts(), ledger::load_ledgers(), runbook::read_runbook() ·
/// kUnreachable (ssh-keygen cannot be run)
Result<Contents> gather(const ContentsOptions& options);

}  // namespace halligan::kit
