#include <csignal>
#include <exception>

#include "base/log.hpp"
#include "cli/command.hpp"
#include "cli/person.hpp"
#include "io/hardening.hpp"

namespace {

using namespace halligan;  // NOLINT(google-build-using-namespace): main() belongs to no namespace

constexpr cli::Declare kCommands[] = {cli::declare_ca, cli::declare_mint, cli::declare_sign,
                                      cli::declare_inspect};
constexpr std::size_t kNameColumn = 26;  // help fits 80 columns with it

int run(int argc, char** argv) {
  CLI::App app("Emergency SSH certificates from a CA key on a security key.", "halligan");
  app.get_formatter()->column_width(kNameColumn);
  app.set_version_flag("--version", "halligan " HALLIGAN_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit status: 0 done, 1 the answer is no, 2 usage, 3 bad input, 4 token, host\n"
      "or disk not reachable, 5 needs a person, 70 our bug. See halligan(1).\n\n"
      "Example:\n  halligan mint -I 'ann: incident 4711' -n root && ssh -i emergency root@web1\n");
  cli::Run chosen;
  for (const cli::Declare declare : kCommands) declare(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    cli::complain({Code::kUsage, error.what(), "see --help"});
    return exit_code(Code::kUsage);
  }
  const auto result = chosen();
  if (result) return *result;
  cli::complain(result.error());
  return exit_code(result.error().code);
}

}  // namespace

int main(int argc, char** argv) {
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
