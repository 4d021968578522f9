// The variable by which ssh finds the agent, in the words of those who set variables.
#pragma once

#include <string>

#include "base/result.hpp"

namespace halligan::unattended {

enum class Form {
  kSh,
  kCsh,
  kFish,
  kSystemd,  ///< a line of EnvironmentFile=
  kCrontab,
};

/// One line that sets SSH_AUTH_SOCK to the path. @errors kBadInput: no such line can say it
Result<std::string> agent_variable(Form form, const std::string& path);

}  // namespace halligan::unattended
