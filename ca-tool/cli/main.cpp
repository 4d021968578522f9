#include <algorithm>
#include <csignal>
#include <exception>
#include <span>

#include "base/log.hpp"
#include "ca/prompts.hpp"
#include "cli/table.hpp"
#include "command/parse.hpp"
#include "io/hardening.hpp"
#include "ui/output.hpp"

namespace {

using namespace halligan;  // NOLINT(google-build-using-namespace): main() belongs to no namespace

int run(int argc, char** argv) {
  const command::Program program = cli::halligan_program();
  const std::span<const char* const> words(argv, static_cast<std::size_t>(argc));
  const auto parsed = command::parse(program, words.subspan(std::min<std::size_t>(1, words.size())));
  const auto result = !parsed       ? Result<int>(fail(parsed.error()))
                      : parsed->run ? parsed->run()
                                    : ui::print(parsed->text).map([] { return 0; });
  if (result) return *result;
  ui::complain(result.error());
  return exit_code(result.error().code);
}

}  // namespace

int main(int argc, char** argv) {
  if (!io::hold_standard_descriptors()) {
    say("there is no /dev/null to put in the place of a closed standard input, output or error");
    return exit_code(Code::kUnreachable);
  }
  io::harden_process();
  int status = 70;
  try {
    status = run(argc, argv);
  } catch (const std::exception& error) {
    say(std::string("internal error: ") + error.what(), "please report this");
  }
  // A Ctrl-C that had to end a wait on the token first still ends the process as any Ctrl-C does, for the
  // shell to see.
  if (const int signal = ca::interrupted_by(); signal != 0) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  return status;
}
