// stdout is the answer, stderr the talk.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "command/declaration.hpp"
#include "io/files.hpp"

namespace halligan::ui {

/// How files are written and results reported.
struct OutputOptions {
  bool force = false;
  bool json = false;

  io::Existing existing() const { return force ? io::Existing::kReplace : io::Existing::kRefuse; }
};

/// --json
void declare_json(command::Flags& flags, OutputOptions& options);
/// --force. @param help what is replaced
command::Flag& declare_force(command::Flags& flags, OutputOptions& options, std::string help);

/// Write to stdout, all of it. @errors kUnreachable: closed or full
Result<> print(std::string_view text);

/// Write to stderr, as it is.
void tell(std::string_view text);

/// "halligan: <message>" and the hint on stderr.
void complain(const Error& error);

/// The error with another next action, if it is that something exists: only the command knows which option
/// helps.
Error hint_if_exists(Error error, std::string_view hint);

}  // namespace halligan::ui
