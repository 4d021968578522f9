// halligan revoke …: what was typed, and what runs.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "revoke/draft.hpp"
#include "ui/output.hpp"

namespace halligan::revoke {

struct PlanOptions : WantedOptions {
  ui::OutputOptions output;
};

struct MakeOptions : PlanOptions {
  std::string file;  ///< empty: in place of the old list
  bool yes = false;
};

struct CheckOptions {
  ui::OutputOptions output;
  std::string list;
  std::vector<std::string> files;
};

Result<int> make_list(const MakeOptions& options);
Result<int> plan_list(const PlanOptions& options);
Result<int> check_list(const CheckOptions& options);

/// halligan revoke
command::Command revoke_command();

}  // namespace halligan::revoke
