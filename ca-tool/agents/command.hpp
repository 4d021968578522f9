// halligan agent: keys that programs use, and what is allowed with them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agents/audit.hpp"
#include "base/result.hpp"
#include "ui/output.hpp"

namespace halligan::agents {

struct AuditOptions {
  ui::OutputOptions output;
  std::vector<std::string> places;  ///< files of authorized_keys, or hosts as ssh names them
  std::vector<std::string> keys;    ///< fingerprints, or words of the comment; empty: all keys
  Purpose purpose;
  std::vector<std::string> ssh_arguments;
};

struct ChainOptions {
  ui::OutputOptions output;
  std::vector<std::string> ways;          ///< "trusted,untrusted"
  std::string key;                        ///< its file
  std::string agent;                      ///< its socket; empty: SSH_AUTH_SOCK
  std::optional<std::uint32_t> lifetime;  ///< seconds
  bool yes = false;
  std::vector<std::string> ssh_arguments;
};

Result<int> add_chain(const ChainOptions& options);

Result<int> audit_lines(const AuditOptions& options);

/// agent
command::Command agent_command();

}  // namespace halligan::agents
