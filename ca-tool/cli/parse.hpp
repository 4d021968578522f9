// The command line. Everything that --help says is in parse*.cpp.
#pragma once

#include <functional>
#include <variant>

#include "base/result.hpp"

namespace halligan::cli {

using Run = std::function<Result<int>()>;

/// @return what to run, or the exit code when there is nothing to run: --help was printed, or what is wrong
/// was said.
std::variant<Run, int> parse(int argc, char** argv);

}  // namespace halligan::cli
