// The flags of explain.
#include "explain/command.hpp"

namespace halligan::explain {
namespace {

void declare(command::Flags& flags, ExplainOptions& options) {
  flags.argument("FILE", options.file, "a certificate, or a public key").optional();
  flags.option("--host", "HOST", options.host, "ask this host, as root, by ssh");
  flags.flag("--local", options.local, "ask this machine").without({"host"});
  flags.flag("--sudo", options.sudo, "become root by sudo, which must not ask for a password");
  flags
      .option("--snapshot", "SNAPSHOT", options.snapshot,
              "instead of a host, what halligan trust snapshot wrote")
      .without({"local"});
  flags.option("--user", "NAME", options.user, "the account to log in to");
  flags.option("--from", "ADDRESS", options.from, "the client's address (else: ours, as the host sees it)");
  flags.option("--at", "TIME", options.at, "when, such as +2h or 2026-11-27T08:00:00Z (else: now)");
  flags.option("--log", "LOG", options.log, "explain the refusals in a log of sshd, - for standard input");
  ui::declare_json(flags, options.output);
  flags.rest("SSH_ARGUMENT", options.ssh_arguments);
}

}  // namespace

command::Command explain_command() {
  return command::make(
      "explain", "say what sshd would do with a login, or why it refused", explain_login, declare,
      {.notes = "Exit status 0: sshd accepts it, 1: it refuses. With --log, 1: refusals found.",
       .examples = {"halligan explain emergency-cert.pub --host root@web1 --from 192.0.2.7",
                    "journalctl -u ssh | halligan explain --log -"}});
}

}  // namespace halligan::explain
