// halligan doctor: what was typed, and what runs.
#pragma once

#include "base/result.hpp"
#include "ca/options.hpp"
#include "ui/output.hpp"

namespace halligan::doctor {

struct DoctorOptions {
  ui::OutputOptions output;
  ca::TokenOptions token;
  bool portable = false;  ///< only what the programs use of this computer
  std::string configuration;
};

Result<int> examine(const DoctorOptions& options);

/// halligan doctor
command::Command doctor_command();

}  // namespace halligan::doctor
