// What the files that know the command line (parse*.cpp) share, and nobody else includes.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>

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

/// What was typed for `option`, as a number. CLI11's own reading takes "-5" for 2^64 - 5, and "010" for 8.
/// @param text digits alone, without a sign or a leading zero @errors throws CLI::ParseError, which names the
/// option and the range
std::uint64_t strict_number(const std::string& option, const std::string& text, std::uint64_t least,
                            std::uint64_t most);

/// An option that takes a number. @param into an unsigned number or an int that holds `most`, or an optional
/// one
template <typename Number>
CLI::Option* add_number(CLI::App& app, const std::string& name, Number& into, std::uint64_t least,
                        std::uint64_t most, std::string description) {
  const auto read = [&into, name, least, most](const CLI::results_t& typed) {
    const std::uint64_t number = strict_number(name, typed.front(), least, most);
    if constexpr (std::is_arithmetic_v<Number>) {
      into = static_cast<Number>(number);
    } else {
      into = static_cast<typename Number::value_type>(number);
    }
    return true;
  };
  return app.add_option(name, read, std::move(description))->type_name("N");
}

inline void declare_descriptor(CLI::App& app, const std::string& name, std::optional<int>& into,
                               std::string description) {
  add_number(app, name, into, 0, std::numeric_limits<int>::max(), std::move(description));
}

/// An empty value is a shell variable that was never set, and no way to leave an option away: refused for all
/// options of this command and those below it but for free text (parse_checks.cpp).
void refuse_empty_values(CLI::App& app);

/// The words behind the program's name, "--name=" as "--name" and an empty one: CLI11 would take the word
/// behind it for the value (parse_checks.cpp).
std::vector<std::string> spelled_out(std::span<const char* const> words);

/// What is wrong with words that CLI11 refused: the command that is none, or what CLI11 says, and where the
/// help for it is (parse_checks.cpp).
Error explain(const CLI::ParseError& error, const CLI::App& app, std::span<const char* const> words);

inline void declare_device(CLI::App& app, TokenOptions& options) {
  app.add_option("--device", options.device, "use the token at PATH only")->type_name("PATH");
}

inline void declare(CLI::App& app, TokenOptions& options) {
  declare_device(app, options);
  declare_descriptor(app, "--pin-fd", options.pin_fd, "read the PIN from descriptor N");
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
