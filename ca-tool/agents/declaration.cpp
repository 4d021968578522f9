// The flags of agent.
#include "agents/command.hpp"

namespace halligan::agents {
namespace {

void declare_audit(command::Flags& flags, AuditOptions& options) {
  flags.arguments("PLACE", options.places, "files of authorized_keys, - or hosts, as ssh names them").must();
  flags.list("--key", "NAME", options.keys, "only keys with this fingerprint or comment");
  flags.option("--from", "PATTERNS", options.purpose.from, "the addresses of the jobs, for mended lines");
  flags.option("--command", "TEXT", options.purpose.command, "the jobs' command, for mended lines");
  ui::declare_json(flags, options.output);
  flags.rest("SSH_ARGUMENT", options.ssh_arguments);
}

void declare_chain(command::Flags& flags, ChainOptions& options) {
  flags.arguments("HOST,HOST", options.ways, "ways through hosts, in the order of the logins").must();
  flags.option("--key", "FILE", options.key, "the private key, or a token's handle").must();
  flags.option("--agent", "SOCKET", options.agent, "the agent's socket, instead of SSH_AUTH_SOCK");
  ui::declare_duration(flags, "--ttl", options.lifetime, "the agent forgets the key after this time");
  flags.flag("-y,--yes", options.yes, "do not ask for confirmation");
  ui::declare_json(flags, options.output);
  flags.rest("SSH_ARGUMENT", options.ssh_arguments);
}

}  // namespace

command::Command agent_command() {
  return command::group(
      "agent", "say what an agent's keys may be used for", "halligan agent audit root@web1",
      {command::make(
           "chain", "add a key for certain hosts and hops alone", add_chain, declare_chain,
           {.notes = "The agent uses the key for these hops and no other, wherever it is forwarded to.",
            .examples = {"halligan agent chain --key ~/.ssh/id_ed25519 trusted,untrusted"}}),
       command::make("audit", "find lines of authorized_keys that allow too much", audit_lines, declare_audit,
                     {.notes = "Changes nothing. Exit status 0 nothing found, 1 something found.",
                      .examples = {"halligan agent audit --from 192.0.2.7 root@web1"}})});
}

}  // namespace halligan::agents
