// The subcommands: each takes what was typed and gives exit code 0, or 1 for the answer "no"; errors have
// their own.
#pragma once

#include "base/result.hpp"
#include "cli/options.hpp"

namespace halligan::cli {

Result<int> init_authority(const InitOptions& options);
Result<int> export_authority(const ExportOptions& options);
Result<int> mint(const MintOptions& options);
Result<int> sign(const SignOptions& options);

}  // namespace halligan::cli
