// halligan doctor: what was typed, and what runs.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "ca/options.hpp"
#include "ui/output.hpp"

namespace halligan::doctor {

struct DoctorOptions {
  ui::OutputOptions output;
  ca::TokenOptions token;
  bool portable = false;           ///< only what the programs use of this computer
  bool unattended = false;         ///< jobs of this computer need unlocked keys
  std::vector<std::string> hosts;  ///< their side alone
  std::string configuration;
};

Result<int> examine(const DoctorOptions& options);

/// halligan doctor
command::Command doctor_command();

}  // namespace halligan::doctor
