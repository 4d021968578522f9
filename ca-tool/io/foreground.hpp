// A program that takes our place at the terminal for a while.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace halligan::io {

struct Returned {
  int exit_code = 0;         ///< 128 + signal if one ended it, as a shell would say
  bool interrupted = false;  ///< a signal came for us meanwhile: go on to nothing else
};

/// Run with our own stdin, stdout and stderr, for as long as it takes, and outlive it. Ctrl-C and Ctrl-\ at
/// the terminal reach it by themselves and are its to answer; SIGTERM and SIGHUP are passed on to it.
/// @errors kUnreachable (cannot be started)
Result<Returned> run_in_foreground(const std::vector<std::string>& argv);

}  // namespace halligan::io
