// The flags of prove.
#include "prove/command.hpp"

namespace halligan::prove {
namespace {

void declare_make(command::Flags& flags, ProveOptions& options) {
  flags.group("Canaries");
  flags.option("--canaries", "FILE", options.canaries, "canaries (default: see halligan-prove(1))");
  flags.option("-l,--account", "NAME", options.accounts,
               "this account alone; with --make also NAME=PRINCIPAL,PRINCIPAL");
  flags.flag("--make", options.make, "make canaries, one for each --account");
  flags.flag("--revoked", options.revoked, "make one more of each, to be revoked").with("make");
  flags.option("-V,--validity", "FROM:TO", options.spec.validity, "validity of canaries, as in ssh-keygen")
      .shown_default(kCanaryValidity)
      .with("make");
  flags
      .option("-O,--option", "OPTION", options.spec.certificate_options,
              "certificate option, as in ssh-keygen")
      .with("make");
  flags.option("--policy", "FILE", options.policy_file, "the CA's policy (default: see halligan(1))")
      .with("make");
  flags
      .option("--without-policy", "REASON", options.without_policy,
              "sign without the policy that the CA is bound to; recorded")
      .with("make");
  flags.flag("-y,--yes", options.yes, "sign what is shown without asking").with("make");
  flags.option("--ledger", "FILE", options.ledger.file, "record them there (default: the CA's own)")
      .with("make");
  flags.option("--reason", "TEXT", options.ledger.reason, "why, for the ledger").empty_too().with("make");
}

void declare_ask(command::Flags& flags, ProveOptions& options) {
  flags.arguments("HOST", options.targets.hosts, "hosts, HOST or HOST:PORT").without({"make"});
  flags.option("-f,--file", "FILE", options.targets.lists, "hosts in FILE, one a line (- is standard input)")
      .without({"make"});
  flags
      .option("--inventory", "FILE", options.targets.inventories,
              "hosts of Ansible, in INI format or from ansible-inventory --list (- likewise)")
      .without({"make"});
  flags.flag("--from-known-hosts", options.targets.from_known_hosts, "all hosts in the files of known hosts")
      .without({"make"});
  flags.option("-J,--jump", "JUMP", options.jump, "through this host, or these, as in ssh").without({"make"});
  flags.option("--known-hosts", "FILE", options.known_hosts, "files of known hosts (default: those of ssh)")
      .without({"make"});
  flags.option("--host-key", "FINGERPRINT", options.host_keys, "a host key that any of the hosts may have")
      .without({"make"});
  flags.number("--timeout", "SECONDS", options.timeout, 1, 600, "of each connection (default: 10)")
      .without({"make"});
  flags.number("--parallel", "N", options.at_once, 1, 500, "connections at once (default: 100)")
      .without({"make"});
  flags.group("Configuration of hosts");
  flags
      .option("--snapshots", "DIR", options.snapshots.folder,
              "check it too, by halligan trust snapshot's files in DIR")
      .without({"make"});
  flags.number("--snapshot-age", "DAYS", options.snapshots.days, 1, 3650, "the oldest snapshot that counts")
      .shown_default(std::to_string(kSnapshotDays))
      .with("snapshots");
  flags
      .option("--from", "ADDRESS", options.snapshots.from,
              "where the login would come from (default: whence it was taken)")
      .with("snapshots");
  flags.group("Drills");
  flags
      .option("--drills", "FILE", options.drills.files,
              "count drills of this copy of ca.drills, besides your own")
      .without({"make"});
  flags.number("--drill-age", "DAYS", options.drills.days, 1, 3650, "the oldest drill that counts")
      .shown_default(std::to_string(kDrillDays))
      .without({"make"});
  flags.group("Report");
  flags.flag("--map", options.map, "print a row for each host and account, a column for each CA")
      .without({"make"});
  ui::declare_json(flags, options.output);
  flags.option("--prometheus", "FILE", options.prometheus, "write metrics for a textfile collector")
      .without({"make"});
  flags.option("--html", "FILE", options.html, "write a page for a browser").without({"make"});
}

void declare_prove(command::Flags& flags, ProveOptions& options) {
  declare_ask(flags, options);
  declare_make(flags, options);
  ca::declare(flags, options.authority);
  ca::declare(flags, options.token);
}

}  // namespace

command::Command prove_command() {
  return command::make("prove", "ask hosts whether they would accept a certificate", run_prove, declare_prove,
                       {.examples = {"halligan prove --make --account root --revoked",
                                     "halligan prove web1 web2", "halligan prove --map -f hosts"}});
}

}  // namespace halligan::prove
