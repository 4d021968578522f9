// halligan inspect: what was typed, and what runs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "ca/judgement.hpp"
#include "ui/output.hpp"

namespace halligan::inspect {

struct InspectOptions {
  ui::OutputOptions output;
  std::vector<std::string> files;
  bool agent = false;
  std::vector<std::string> hosts;  ///< HOST[:PORT]
  ca::MeasureOptions measure;
  bool check = false;
};

Result<int> inspect(const InspectOptions& options);

/// halligan inspect
command::Command inspect_command();

}  // namespace halligan::inspect
