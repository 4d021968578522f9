// Child processes: no shell, captured output.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace halligan::io {

struct Command {
  std::vector<std::string> argv{};           ///< argv[0] is looked up in PATH unless it has a slash
  std::string_view input{};                  ///< given on stdin; nothing is /dev/null
  std::chrono::milliseconds timeout{30000};  ///< then SIGTERM, and SIGKILL a second later
  std::size_t limit = 1 << 20;               ///< bytes kept of each output; more is an error
  bool inherit_stderr = false;               ///< let it talk to the user directly
  bool terminal = false;  ///< stdin is our terminal if we have one: for programs that ask nowhere else
};

struct Finished {
  int exit_code = 0;  ///< 128 + signal if one ended it, as a shell would say
  std::string out;
  std::string err;
};

/// Run to the end. A child that fails is a result, not an error.
/// @errors kUnreachable (cannot be started, timed out) · kBadInput (output over the limit)
Result<Finished> run(const Command& command);

}  // namespace halligan::io
