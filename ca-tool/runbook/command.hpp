// halligan runbook: what was typed, and what runs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "ui/output.hpp"

namespace halligan::runbook {

struct ListOptions {
  ui::OutputOptions output;
};

struct ShowOptions {
  ui::OutputOptions output;
  std::string runbook;
};

struct RunOptions {
  std::string runbook;
  std::vector<std::string> at;  ///< "PLACE=COMMAND"
  std::optional<std::size_t> from;
  bool anew = false;
};

struct CheckOptions {
  ui::OutputOptions output;
  std::string runbook;
  std::vector<std::string> ran;  ///< transcripts
};

/// halligan runbook
command::Command runbook_command();

}  // namespace halligan::runbook
