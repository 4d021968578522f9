// How a subcommand is put together: it declares its options on a CLI11 app and leaves one function to run.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace halligan::cli {

/// Exit code 0, or the answer "no" with exit code 1; errors have their own.
using Run = std::function<Result<int>()>;

/// Declares one subcommand. CLI11 fills the state that `Run` has captured; `chosen` gets it when the command
/// was typed.
using Declare = void (*)(CLI::App& parent, Run& chosen);

void declare_ca(CLI::App& parent, Run& chosen);
void declare_mint(CLI::App& parent, Run& chosen);
void declare_sign(CLI::App& parent, Run& chosen);
void declare_inspect(CLI::App& parent, Run& chosen);

/// Write to stdout, all of it. @errors kUnreachable: closed or full
Result<> print(std::string_view text);

/// "halligan: <message>" and the hint on stderr.
void complain(const Error& error);

}  // namespace halligan::cli
