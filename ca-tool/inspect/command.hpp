// halligan inspect: what was typed, and what runs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/options.hpp"

namespace halligan::cli {

struct InspectOptions {
  OutputOptions output;
  std::vector<std::string> files;
  bool agent = false;
  std::vector<std::string> hosts;        ///< HOST[:PORT]
  std::vector<std::string> authorities;  ///< files with CAs
  std::vector<std::string> lists;        ///< KRL files
  bool check = false;
  std::string expires_in;  ///< DURATION or PERCENT%; empty: not asked
};

Result<int> inspect(const InspectOptions& options);

}  // namespace halligan::cli
