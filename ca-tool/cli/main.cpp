#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <new>
#include <span>
#include <system_error>

#include "base/log.hpp"
#include "ca/token_access.hpp"
#include "cli/table.hpp"
#include "command/exit_code.hpp"
#include "command/parse.hpp"
#include "io/hardening.hpp"
#include "ui/output.hpp"

namespace {

using namespace halligan;  // NOLINT(google-build-using-namespace): main() belongs to no namespace

int failed(const command::Command& command, const Error& error) {
  const int usual = command::exit_code(error.code);
  const int status = error.code == Code::kUsage ? command.usage_status.value_or(usual) : usual;
  ui::complain(error, status);
  return status;
}

int run(int argc, char** argv) {
  const command::Program program = cli::halligan_program();
  const std::span<const char* const> words(argv, static_cast<std::size_t>(argc));
  const auto typed = words.subspan(std::min<std::size_t>(1, words.size()));
  const auto parsed = command::parse(program, typed);
  const command::Command& command = *command::find(program.root, {typed.begin(), typed.end()}).back();
  if (!parsed) {
    // Whoever types --json reads errors as JSON, also the one because of which it was not reached.
    if (std::find(words.begin(), words.end(), std::string_view("--json")) != words.end())
      ui::complain_in_json();
    return failed(command, parsed.error());
  }
  if (!parsed->run) {
    const auto printed = ui::print(parsed->text);
    return printed ? 0 : failed(command, printed.error());
  }
  const auto result = parsed->run();
  return result ? *result : failed(command, result.error());
}

// Without allocating anything.
int out_of_memory(int argc, char** argv) noexcept {
  constexpr int kStatus = command::exit_code(Code::kUnreachable);
  static_assert(kStatus == 4);
  const bool json = std::find(argv, argv + argc, std::string_view("--json")) != argv + argc;
  write_stderr(json ? R"({"error":"out of memory","hint":"","status":4,"code":"unreachable"})"
                      "\n"
                    : "halligan: out of memory\n");
  return kStatus;
}

// An exception in a destructor: those of JSON values allocate.
[[noreturn]] void end_at_once() {
  try {
    if (const auto thrown = std::current_exception(); thrown) std::rethrow_exception(thrown);
  } catch (const std::bad_alloc&) {
    write_stderr("halligan: out of memory\n");
    _exit(command::exit_code(Code::kUnreachable));
  } catch (...) {
    write_stderr("halligan: internal error\n  report this as a bug\n");
  }
  std::abort();
}

// Exceptions are what the system refuses where the standard library asks for it, and bugs.
int run_or_complain(int argc, char** argv) {
  try {
    try {
      return run(argc, argv);
    } catch (const std::bad_alloc&) {
      return out_of_memory(argc, argv);
    } catch (const std::system_error& error) {
      ui::complain({Code::kUnreachable, error.what(), {}});
      return command::exit_code(Code::kUnreachable);
    } catch (const std::exception& error) {
      ui::complain({Code::kInternal, std::string("internal error: ") + error.what(), "report this as a bug"});
    }
  } catch (...) {  // no memory to say even that
    return out_of_memory(argc, argv);
  }
  return command::exit_code(Code::kInternal);
}

}  // namespace

int main(int argc, char** argv) {
  std::set_terminate(end_at_once);
  if (!io::hold_standard_descriptors()) {
    say("there is no /dev/null to put in the place of a closed standard input, output or error");
    return command::exit_code(Code::kUnreachable);
  }
  io::harden_process();
  const int status = run_or_complain(argc, argv);
  // A Ctrl-C that had to end a wait on the token first still ends the process as any Ctrl-C does, for the
  // shell to see.
  if (const int signal = ca::interrupted_by(); signal != 0) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  return status;
}
