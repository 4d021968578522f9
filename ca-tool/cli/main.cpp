#include <csignal>
#include <exception>

#include "base/log.hpp"
#include "cli/output.hpp"
#include "cli/parse.hpp"
#include "cli/person.hpp"
#include "io/hardening.hpp"

namespace {

using namespace halligan;  // NOLINT(google-build-using-namespace): main() belongs to no namespace

int run(int argc, char** argv) {
  const auto parsed = cli::parse(argc, argv);
  if (const int* done = std::get_if<int>(&parsed); done != nullptr) return *done;
  const auto result = std::get<cli::Run>(parsed)();
  if (result) return *result;
  cli::complain(result.error());
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
  if (const int signal = cli::interrupted_by(); signal != 0) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  return status;
}
