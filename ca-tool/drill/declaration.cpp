// The flags of drill.
#include "drill/command.hpp"

namespace halligan::drill {
namespace {

void declare_record(command::Flags& flags, RunOptions& options) {
  flags.group("Record");
  flags.option("--kind", "KIND", options.kind, "quarterly, annual, change, or real: an emergency")
      .one_of({"quarterly", "annual", "change", "real"});
  flags.option("--operator", "NAME", options.operated_by, "who does it (default: the user's name)");
  flags.option("--witness", "NAME", options.witness, "who watches");
  flags.option("--approval", "TEXT", options.approval, "who approved it, or where that is written");
  flags.option("--seal", "NUMBER", options.seals, "a seal that was found on the envelope");
  flags.option("--new-seal", "NUMBER", options.new_seals, "a seal that it gets afterwards");
  flags.option("--finding", "TEXT", options.findings, "what is to be done about, and by whom");
  flags.option("--sign-with", "KEY", options.sign_with, "sign the record with this key, see drill sign");
  flags.number("--every", "DAYS", options.every, 1, 3650, "until the next drill is due (default: 90)");
}

void declare_alert(command::Flags& flags, RunOptions& options) {
  flags.group("Alert");
  flags.option("--alert-check", "COMMAND", options.alert_check,
               "run by sh for each host that opened: status 0 if it rang");
  flags.flag("--no-alert", options.no_alert, "do not ask whether the alert came").without({"alert-check"});
}

void declare_host_log(command::Flags& flags, RunOptions& options) {
  flags.group("Log");
  flags.flag("--fetch-log", options.fetch_log, "fetch each host's own line, by an ordinary ssh login");
  flags.option("--log-login", "NAME", options.log_login, "log in as NAME for that (default: as ssh does)")
      .with("fetch-log");
  flags.flag("--log-sudo", options.log_sudo, "read the log by sudo -n").with("fetch-log");
  flags
      .option("--log-command", "COMMAND", options.log_command,
              "run by sh for each host that opened: prints lines of its log")
      .without({"fetch-log"});
}

void declare_run(command::Flags& flags, RunOptions& options) {
  flags.arguments("HOST", options.targets, "hosts, as ssh takes them").must();
  flags.option("-l,--account", "NAME", options.account, "log in as NAME, unless it is USER@HOST");
  flags.number("--timeout", "SECONDS", options.timeout, 1, 3600, "of each login and check (default: 60)");
  declare_record(flags, options);
  declare_host_log(flags, options);
  declare_alert(flags, options);
  flags.group("Certificate");
  flags.option("-I,--key-id", "KEY_ID", options.spec.key_id, "key ID (default: drill, kind and operator)");
  flags.list("-n,--principals", "NAMES", options.spec.principals, "principals (default: the CA's, or NAME)");
  flags.option("-V,--validity", "FROM:TO", options.spec.validity, "validity, as in ssh-keygen")
      .shown_default(kDrillValidity);
  flags.option("--policy", "FILE", options.policy_file, "the CA's policy (default: see halligan(1))");
  flags.option("--without-policy", "REASON", options.without_policy,
               "sign without the policy that the CA is bound to; recorded");
  flags.flag("-y,--yes", options.yes, "sign what is shown without asking");
  flags.option("--ledger", "FILE", options.ledger.file,
               "record the certificate there (default: the CA's own)");
  flags.option("--reason", "TEXT", options.ledger.reason, "why, for the ledger").empty_too();
  ui::declare_json(flags, options.output);
  ca::declare(flags, options.authority);
  ca::declare(flags, options.token);
  flags.rest("SSH_ARGUMENT", options.rest);
}

void declare_log(command::Flags& flags, LogOptions& options) {
  flags.option("--ca", "CA", options.authority.file, "drills of this CA alone: a file, or a configured name");
  ca::declare_configuration(flags, options.authority.configuration);
  ui::declare_json(flags, options.output);
}

void declare_status(command::Flags& flags, StatusOptions& options) {
  flags.arguments("HOST", options.hosts, "hosts to ask for their version of sshd, without a login");
  flags.number("--timeout", "SECONDS", options.timeout, 1, 3600, "for each host (default: 5)");
  declare_log(flags, options);
  flags.rest("SSH_ARGUMENT", options.ssh_arguments);
}

void declare_sign(command::Flags& flags, SignOptions& options) {
  flags.option("--key", "KEY", options.key, "sign with it: a file, as ssh-keygen -Y sign takes it").must();
  flags.option("--as", "ROLE", options.role, "operator or witness").one_of({"operator", "witness"});
  flags.number("--record", "NUMBER", options.record, 0, UINT32_MAX, "that drill (default: the last one)");
  ui::declare_force(flags, options.output, "replace a signature of that role");
  declare_log(flags, options);
}

void declare_report(command::Flags& flags, ReportOptions& options) {
  flags.flag("--all", options.all, "all drills, the last one first");
  flags.option("--html", "FILE", options.html, "write a page for a browser as well");
  flags.option("--markdown", "FILE", options.markdown, "write Markdown as well, for a wiki or a ticket");
  flags.option("--signers", "FILE", options.signers,
               "allowed signers, as in ssh-keygen(1): one of them has signed as operator");
  declare_log(flags, options);
}

}  // namespace

command::Command drill_command() {
  return command::group(
      "drill", "rehearse the emergency, and keep a record of it", "halligan drill run web1 --witness ben",
      {command::make(
           "run", "log in to hosts as in an emergency, for the proof alone", run_drill, declare_run,
           {.notes = "One certificate of a few minutes, which allows nothing but to be answered. No\n"
                     "host stops the others. Exit status 1 if one did not open, or an alert or a line\n"
                     "of its log is missing.",
            .examples = {"halligan drill run web1 web2 --witness ben --approval CHG-17"}}),
       command::make(
           "status", "say when a drill is due", show_status, declare_status,
           {.notes = "Exit status 1 if there was none, the last one failed or is too old, or the CAs,\n"
                     "principals or the major version of a HOST's sshd have changed since.",
            .examples = {"halligan drill status", "halligan drill status web1 web2"}}),
       command::make("sign", "sign the record of a drill", sign_record, declare_sign,
                     {.notes = "The signature is stored beside the record, for ssh-keygen -Y verify.",
                      .examples = {"halligan drill sign --as witness --key ~/.ssh/id_ed25519"}}),
       command::make("report", "show what a drill has shown", report_drills, declare_report,
                     {.notes = "Exit status 1 if there was none, or a signature is bad.",
                      .examples = {"halligan drill report --html drill.html",
                                   "halligan drill report --all --markdown drills.md",
                                   "halligan drill report --signers signers"}})});
}

}  // namespace halligan::drill
