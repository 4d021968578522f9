#include "cli/ledger_command.hpp"
#include "cli/parse_parts.hpp"

namespace halligan::cli {
namespace {

void declare_ledgers(CLI::App& app, std::vector<std::string>& files) {
  app.add_option("FILE", files, "ledgers (else: the user's own)")->type_name("");
}

void declare_ledger_option(CLI::App& app, std::vector<std::string>& files) {
  app.add_option("--ledger", files, "a ledger (else: the user's own)")
      ->type_name("FILE")
      ->allow_extra_args(false);
}

void declare_authorities(CLI::App& app, std::vector<std::string>& files, const char* description) {
  app.add_option("--ca", files, description)->type_name("FILE.pub")->allow_extra_args(false);
}

void declare_ledger_list(CLI::App& parent, Run& chosen) {
  const auto [app, options] = add_command(parent, chosen, list_ledger, "list", "a line for each certificate");
  declare_ledgers(*app, options->files);
  declare_json(*app, options->output);
  app->footer("Example:\n  halligan ledger list ca-a/ca.ledger\n");
}

void declare_show(CLI::App& parent, Run& chosen) {
  const auto [app, options] = add_command(parent, chosen, show_ledger, "show", "all of one record");
  add_number(*app, "NUMBER", options->number, 0, UINT64_MAX, "a serial, or a record's number")
      ->type_name("")
      ->required();
  declare_ledger_option(*app, options->files);
  declare_json(*app, options->output);
  app->footer("Example:\n  halligan ledger show --ledger ca-a/ca.ledger 12\n");
}

void declare_ledger_export(CLI::App& parent, Run& chosen) {
  const auto [app, options] =
      add_command(parent, chosen, export_ledger, "export", "every field, for programs");
  declare_ledgers(*app, options->files);
  auto* json = app->add_flag("--json", options->output.json, "an object on each line (the default)");
  app->add_flag("--csv", options->csv, "a table with a heading (RFC 4180)")->excludes(json);
  app->footer("Example:\n  halligan ledger export --csv ca-a/ca.ledger >certificates.csv\n");
}

void declare_verify(CLI::App& parent, Run& chosen) {
  const auto [app, options] =
      add_command(parent, chosen, verify_ledgers, "verify", "chains, signatures, serials, counters");
  declare_ledgers(*app, options->files);
  declare_authorities(*app, options->authorities, "only this CA may have signed");
  app->add_option("--counter", options->counter, "global, per-key or zero (else: guessed)")
      ->type_name("HOW")
      ->check(CLI::IsMember({"global", "per-key", "zero"}));
  app->add_option("--known", options->known, "counter values that are accounted for")
      ->type_name("N[-M]")
      ->allow_extra_args(false);
  app->add_option("--made", options->made, "ca.json: the counter when the CA was made")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app->add_option("--head", options->heads, "this record must be there")
      ->type_name("SHA256")
      ->allow_extra_args(false);
  declare_json(*app, options->output);
  app->footer(
      "Exit status 0 intact, 1 not. Write the head down elsewhere: with --head a\n"
      "later run sees whether the end was cut off or written anew.\n\n"
      "Example:\n  halligan ledger verify --ca ca-a/ca.pub ca-a/ca.ledger\n");
}

void declare_reconcile(CLI::App& parent, Run& chosen) {
  const auto [app, options] =
      add_command(parent, chosen, reconcile_ledgers, "reconcile", "what hosts logged against the ledger");
  app->add_option("LOG", options->logs, "logs with sshd's lines, - for standard input")
      ->type_name("")
      ->required();
  declare_ledger_option(*app, options->files);
  declare_authorities(*app, options->authorities, "a CA of ours, besides those in the ledger");
  add_number(*app, "--logins", options->logins, 0, UINT32_MAX, "more by one certificate are over-used")
      ->default_str(std::to_string(options->logins));
  declare_json(*app, options->output);
  app->footer(
      "Reads syslog, journalctl (also -o json) and sshd -e. Exit status 1 if a login\n"
      "has no record, a certificate is over-used, or a session outlived it.\n\n"
      "Example:\n  journalctl -o json -t sshd -t sshd-session |\n    halligan ledger reconcile --ledger "
      "ca.ledger -\n");
}

void declare_merge(CLI::App& parent, Run& chosen) {
  const auto [app, options] =
      add_command(parent, chosen, merge_ledgers, "merge", "one file with the chains of several");
  app->add_option("FILE", options->files, "ledgers")->type_name("")->required();
  app->add_option("-o", options->file, "write FILE")->type_name("FILE")->required();
  app->add_flag("--force", options->output.force, "replace a file that is there");
  declare_json(*app, options->output);
  app->footer(
      "A copy for reading: it does not grow, the ledgers of the machines do.\n\n"
      "Example:\n  halligan ledger merge -o all.ledger a.ledger b.ledger\n");
}

}  // namespace

void declare(CLI::App& app, LedgerOptions& options) {
  auto* file =
      app.add_option("--ledger", options.file, "record it there (else: CA.ledger)")->type_name("FILE");
  app.add_flag("--no-ledger", options.none, "leave no record")->excludes(file);
  app.add_option("--reason", options.reason, "why, for the ledger")->type_name("TEXT");
}

void declare_ledger(CLI::App& parent, Run& chosen) {
  CLI::App* ledger = parent.add_subcommand("ledger", "the record of all certificates");
  ledger->require_subcommand(1);
  ledger->footer("Example:\n  halligan ledger verify ca-a/ca.ledger\n");
  declare_ledger_list(*ledger, chosen);
  declare_show(*ledger, chosen);
  declare_ledger_export(*ledger, chosen);
  declare_verify(*ledger, chosen);
  declare_reconcile(*ledger, chosen);
  declare_merge(*ledger, chosen);
}

}  // namespace halligan::cli
