// The letters of ssh-keygen -s that mint and sign share, and the grant they make.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ca/issue.hpp"

namespace halligan::cli {

struct GrantOptions {
  std::string key_id;
  std::vector<std::string> principals;
  std::string validity = "-5m:+60m";
  std::vector<std::string> letters;  ///< -O
  std::optional<std::uint64_t> serial;

  void declare(CLI::App& app);

  /// @errors kUsage, kBadInput
  Result<ca::Grant> grant(ssh::CertificateType type) const;
};

/// What the person is about to touch for, on stderr, before the token blinks.
void announce(const ssh::CertificateBody& body);

}  // namespace halligan::cli
