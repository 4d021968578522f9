// The flags of ledger.
#include "ledger/command.hpp"

namespace halligan::ledger {
namespace {

void declare_files(command::Flags& flags, std::vector<std::string>& files) {
  flags.arguments("FILE", files, "ledgers (else: the user's own)");
}

command::Flag& declare_ledger(command::Flags& flags, std::vector<std::string>& files) {
  return flags.option("--ledger", "FILE", files, "a ledger (else: the user's own)");
}

void declare_list(command::Flags& flags, LedgerListOptions& options) {
  declare_files(flags, options.files);
  flags.flag("-w,--wide", options.wide, "all columns, and nothing cut off").without({"json"});
  ui::declare_json(flags, options.output);
  ui::declare_pager(flags, options.output);
}

void declare_show(command::Flags& flags, LedgerShowOptions& options) {
  flags.number("NUMBER", {}, options.number, 0, UINT64_MAX, "a serial, or a record's number").must();
  declare_files(flags, options.files);
  declare_ledger(flags, options.files).hide();
  ui::declare_json(flags, options.output);
  ui::declare_pager(flags, options.output);
}

void declare_export(command::Flags& flags, LedgerExportOptions& options) {
  declare_files(flags, options.files);
  ui::declare_json(flags, options.output, "one object a line (the default); errors in JSON too");
  flags.flag("--csv", options.csv, "a table with a heading (RFC 4180)").without({"json"});
}

void declare_verify(command::Flags& flags, LedgerVerifyOptions& options) {
  declare_files(flags, options.files);
  flags.option("--ca", "FILE.pub", options.authorities, "only this CA may have signed");
  flags.option("--counter", "HOW", options.counter, "global, per-key or zero (else: guessed)")
      .one_of({"global", "per-key", "zero"});
  flags.option("--known", "N[-M]", options.known, "counter values that are accounted for");
  flags.option("--made", "FILE", options.made, "ca.json: the counter when the CA was made");
  flags.option("--head", "SHA256", options.heads, "this record must be in the ledger");
  ui::declare_json(flags, options.output);
}

void declare_reconcile(command::Flags& flags, LedgerReconcileOptions& options) {
  flags.arguments("LOG", options.logs, "logs with sshd's lines, - for standard input");
  flags.flag("--journal", options.journal, "this computer's journal");
  flags.option("--boot", "BOOT", options.boot, "of the journal: 0 the last boot, -1 the one before, or an ID")
      .with("journal");
  flags
      .option("--cursor-file", "FILE", options.cursor_file,
              "go on after the last run, which left its place there")
      .with("journal")
      .without({"boot"});
  declare_ledger(flags, options.files);
  flags.option("--ca", "FILE.pub", options.authorities, "a CA of ours, besides those in the ledger");
  flags.number("--logins", "N", options.logins, 0, UINT32_MAX, "more logins by one certificate are over-use")
      .shown_default(std::to_string(options.logins));
  flags.option("--timezone", "ZONE", options.timezone,
               "of times without a zone: UTC, Europe/Berlin (else: local)");
  ui::declare_json(flags, options.output);
}

void declare_merge(command::Flags& flags, LedgerMergeOptions& options) {
  flags.arguments("FILE", options.files, "ledgers").must();
  flags.option("-o,--output", "FILE", options.file, "write the merged copy to FILE").must();
  ui::declare_force(flags, options.output, "replace an existing file");
  ui::declare_json(flags, options.output);
}

void declare_attest(command::Flags& flags, LedgerAttestOptions& options) {
  declare_files(flags, options.files);
  flags.option("-o,--output", "FILE", options.file, "write the report to FILE").must();
  flags.option("--from", "TIME", options.from,
               "begin of the period, 2026-10-01T00:00:00Z (else: of the ledger)");
  flags.option("--to", "TIME", options.to, "its end, which is not part of it (else: now)");
  flags.option("--log", "LOG", options.logs, "of a host, as for ledger reconcile");
  flags.option("--drills", "FILE", options.drills, "a record of drills (else, without FILE: the user's own)");
  flags.option("--proof", "FILE", options.proofs, "what halligan prove --json printed");
  flags.option("--ca", "FILE.pub", options.authorities, "only this CA may have signed");
  flags.option("--made", "FILE", options.made, "ca.json: the counter when the CA was made");
  flags.number("--logins", "N", options.logins, 0, UINT32_MAX, "more logins by one certificate are over-use")
      .shown_default(std::to_string(options.logins));
  flags.option("--timezone", "ZONE", options.timezone, "of times without a zone in logs");
  flags.option("--key", "KEY", options.key, "sign it, into FILE.sig, by ssh-keygen -Y sign");
  ui::declare_force(flags, options.output, "replace existing files");
  ui::declare_json(flags, options.output);
}

}  // namespace

command::Command ledger_command() {
  return command::group(
      "ledger", "show and verify the record of all certificates", "halligan ledger verify ca-a/ca.ledger",
      {command::make("list", "list the certificates", list_ledger, declare_list,
                     {.examples = {"halligan ledger list ca-a/ca.ledger"}}),
       command::make("show", "show all of one record", show_ledger, declare_show,
                     {.examples = {"halligan ledger show 12 ca-a/ca.ledger"}}),
       command::make("export", "print every field, for programs", export_ledger, declare_export,
                     {.examples = {"halligan ledger export --csv ca-a/ca.ledger >certificates.csv"}}),
       command::make("verify", "verify chains, signatures, serials, counters", verify_ledgers, declare_verify,
                     {.notes = "Exit status 0 intact, 1 not. Write the head down elsewhere: with --head a\n"
                               "later run detects that the end was cut off or rewritten.",
                      .examples = {"halligan ledger verify --ca ca-a/ca.pub ca-a/ca.ledger"}}),
       command::make(
           "reconcile", "compare what hosts logged with the ledger", reconcile_ledgers, declare_reconcile,
           {.notes = "Reads syslog, journalctl (also -o json), journals and sshd -e. Exit status 1 if\n"
                     "a login has no record, a certificate is over-used, or a session outlived it.",
            .examples = {"halligan ledger reconcile --journal",
                         "journalctl -o json -t sshd -t sshd-session |",
                         "  halligan ledger reconcile --ledger ca.ledger -"}}),
       command::make(
           "attest", "write a report for an auditor", attest_ledgers, declare_attest,
           {.notes = "Certificates, who asked, logins, gaps, drills and proofs of a period, and below\n"
                     "them what they were taken from: ledger verify REPORT derives them again.\n"
                     "Exit status 1: it is written, and tells of faults.",
            .examples = {"halligan ledger attest --from -13w --log web1.log \\",
                         "  --key ~/.ssh/id_ed25519 -o audit.report ca.ledger"}}),
       command::make("merge", "merge the chains of several ledgers into one file", merge_ledgers,
                     declare_merge,
                     {.notes = "The merged copy is for reading: records cannot be appended to it.",
                      .examples = {"halligan ledger merge -o all.ledger a.ledger b.ledger"}})});
}

}  // namespace halligan::ledger
