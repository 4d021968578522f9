// halligan explain: what was typed, and what runs.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "command/declaration.hpp"
#include "ui/output.hpp"

namespace halligan::explain {

struct ExplainOptions {
  ui::OutputOptions output;
  std::string file;  ///< a certificate or a public key
  std::string host;
  bool local = false;
  bool sudo = false;
  std::string snapshot;
  std::string user = "root";
  std::string from;
  std::string at;
  std::string log;
  std::vector<std::string> ssh_arguments;
};

Result<int> explain_login(const ExplainOptions& options);

/// halligan explain
command::Command explain_command();

}  // namespace halligan::explain
