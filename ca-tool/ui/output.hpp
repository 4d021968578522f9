// stdout is the answer, stderr the talk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "command/declaration.hpp"
#include "io/files.hpp"
#include "ui/json.hpp"

namespace halligan::ui {

/// How files are written and results reported.
struct OutputOptions {
  bool force = false;
  bool json = false;
  bool no_pager = false;

  io::Existing existing() const { return force ? io::Existing::kReplace : io::Existing::kRefuse; }
};

/// --json: the answer on stdout is JSON, and so are the errors on stderr.
void declare_json(command::Flags& flags, OutputOptions& options,
                  std::string help = "report in JSON, one object a line; errors on stderr too");
/// --no-pager, for commands that use a Pager.
void declare_pager(command::Flags& flags, OutputOptions& options);
/// --force. @param help what is replaced
command::Flag& declare_force(command::Flags& flags, OutputOptions& options, std::string help);

/// A duration such as 30m or 1d12h, of at least a second. @param into seconds, as many as a constraint of an
/// agent and a timer can hold
command::Flag& declare_duration(command::Flags& flags, std::string_view name,
                                std::optional<std::uint32_t>& into, const std::string& help);

/// Write to stdout, all of it. @errors kUnreachable: closed or full
Result<> print(std::string_view text);

/// Write to stderr, as it is.
void tell(std::string_view text);

/// On stderr: "halligan: <message>" and the hint; with --json one line, error_json().
/// @param status the exit status, if it is not the code's usual one
void complain(const Error& error, std::optional<int> status = {});
/// From now on, complain() writes JSON.
void complain_in_json();

/// {"error": message, "hint": hint or "", "status": exit status, "code": "bad-input"}
Json error_json(const Error& error, std::optional<int> status = {});

}  // namespace halligan::ui
