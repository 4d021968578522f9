// The flags of revoke.
#include "revoke/command.hpp"

namespace halligan::revoke {
namespace {

void declare_wanted(command::Flags& flags, WantedOptions& options) {
  flags.option("--serial", "N[-M]", options.serials, "certificates of the CA by serial");
  flags.option("--serials", "FILE", options.serial_files, "the same from a file, one N or N-M a line");
  flags.option("--key-id", "KEY_ID", options.key_ids, "certificates of the CA by their exact key ID");
  flags.flag("--until-now", options.until_now, "all that the CA has issued so far, by its ledger");
  flags.option("--certificate", "FILE", options.certificates, "these certificates");
  flags.option("--key", "FILE.pub", options.keys, "these keys and all certificates of them");
  flags.option("--ca-key", "FILE.pub", options.authorities, "these CAs: all of their certificates");
  flags.option("--update", "KRL", options.old, "keep what this list revokes");
}

void declare_ca(command::Flags& flags, WantedOptions& options) {
  flags.group("CA");
  flags.option("--ca", "CA", options.authority.file, "the CA's name or file (else: the default CA)");
  ca::declare_configuration(flags, options.authority.configuration);
  flags.option("--ledger", "FILE", options.ledgers, "a ledger (else: the CA's or the user's own)");
}

void declare_make(command::Flags& flags, MakeOptions& options) {
  flags.option("-o,--output", "FILE", options.file, "write the list to FILE (else: that of --update)");
  declare_wanted(flags, options);
  flags.flag("-y,--yes", options.yes, "even if no certificate stays valid");
  ui::declare_force(flags, options.output, "replace a list that --update does not name");
  ui::declare_json(flags, options.output);
  declare_ca(flags, options);
}

void declare_plan(command::Flags& flags, PlanOptions& options) {
  declare_wanted(flags, options);
  ui::declare_json(flags, options.output);
  declare_ca(flags, options);
}

void declare_check(command::Flags& flags, CheckOptions& options) {
  flags.argument("KRL", options.list, "a key revocation list");
  flags.arguments("FILE", options.files, "certificates and public keys, one a line");
  ui::declare_json(flags, options.output);
}

}  // namespace

command::Command revoke_command() {
  return command::group(
      "revoke", "make and check key revocation lists",
      "halligan revoke make -o revoked.krl --ca ca.pub --serial 7",
      {command::make("make", "write a list, or add to one", make_list, declare_make,
                     {.examples = {"halligan revoke make --update revoked.krl --ca ca.pub --serial 7"}}),
       command::make("plan", "show which valid certificates a list would revoke", plan_list, declare_plan,
                     {.examples = {"halligan revoke plan --ca ca.pub --until-now"}}),
       command::make("check", "say what a list revokes, and whether sshd takes it", check_list, declare_check,
                     {.notes = "Exit status 0 none revoked, 1 some revoked, 3 some sshd refuses the list.",
                      .examples = {"halligan revoke check revoked.krl ann-cert.pub"}})});
}

}  // namespace halligan::revoke
