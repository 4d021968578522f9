// What the files that know the command line (parse*.cpp) share, and nobody else includes.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "cli/options.hpp"
#include "cli/parse.hpp"

namespace halligan::cli {

/// A subcommand whose options live as long as its Run.
template <typename Options>
struct Command {
  CLI::App* app;
  std::shared_ptr<Options> options;
};

template <typename Options>
Command<Options> add_command(CLI::App& parent, Run& chosen, Result<int> (*run)(const Options&),
                             std::string name, std::string description) {
  Command<Options> command{parent.add_subcommand(std::move(name), std::move(description)),
                           std::make_shared<Options>()};
  command.app->callback(
      [run, &chosen, options = command.options] { chosen = [run, options] { return run(*options); }; });
  return command;
}

inline void declare_device(CLI::App& app, TokenOptions& options) {
  app.add_option("--device", options.device, "use the token at PATH only")->type_name("PATH");
}

inline void declare(CLI::App& app, TokenOptions& options) {
  declare_device(app, options);
  app.add_option("--pin-fd", options.pin_fd, "read the PIN from descriptor N")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
}

inline void declare_json(CLI::App& app, OutputOptions& options) {
  app.add_flag("--json", options.json, "report as JSON");
}

/// halligan token … (parse_token.cpp)
void declare_token(CLI::App& parent, Run& chosen);

/// halligan ledger … (parse_ledger.cpp)
void declare_ledger(CLI::App& parent, Run& chosen);

/// What mint and sign say of the ledger (parse_ledger.cpp).
void declare(CLI::App& app, LedgerOptions& options);

/// Where mint puts what it made (parse_delivery.cpp).
void declare_delivery(CLI::App& app, MintOptions& options);

/// halligan request, co-sign, and the letters of sign --request (parse_request.cpp)
void declare_request(CLI::App& parent, Run& chosen);
void declare_co_sign(CLI::App& parent, Run& chosen);
void declare_sign_request(CLI::App& app, SignOptions& options);

/// halligan inspect (parse_inspect.cpp)
void declare_inspect(CLI::App& parent, Run& chosen);

/// halligan handoff … (parse_handoff.cpp)
void declare_handoff(CLI::App& parent, Run& chosen);

}  // namespace halligan::cli
