// The flags of kit.
#include "ca/options.hpp"
#include "kit/commands.hpp"

namespace halligan::kit {
namespace {

void declare_contents(command::Flags& flags, ContentsOptions& options) {
  flags.group("What is in it");
  flags.option("--ca", "CA", options.authorities,
               "a name in halligan(5), or a public key (default: all CAs)");
  flags.option("--token", "TEXT", options.tokens, "a token: 'blue: YubiKey 5, serial 123, safe A'");
  flags.flag("--plugged-in", options.plugged_in, "also the tokens that are plugged in");
  flags.option("--seal", "NUMBER", options.seals, "a seal of the envelope");
  flags.option("--ledger", "FILE", options.ledgers, "ledgers (default: the user's own)");
  flags.option("--runbooks", "DIR", options.folder, "runbooks (default: those installed)");
  ca::declare_configuration(flags, options.configuration);
  flags.group("Hosts");
  flags.option("--host", "HOST", options.targets.hosts, "a host, HOST or HOST:PORT (default: known hosts)");
  flags.option("-f,--file", "FILE", options.targets.lists, "hosts in FILE, one a line");
  flags.option("--inventory", "FILE", options.targets.inventories, "hosts of Ansible, as for prove");
  flags.option("--known-hosts", "FILE", options.known_hosts, "host keys (default: the CAs' files, or ssh's)");
  flags.option("--addresses", "FILE", options.addresses, "addresses and names, as in hosts(5)");
  flags.flag("--resolve", options.resolve, "also look addresses up now");
}

void declare_print(command::Flags& flags, PrintOptions& options) {
  flags.option("-o,--output", "FILE", options.file, "the PDF to write").must();
  flags.option("--svg", "DIR", options.svg, "also a new folder with a picture of each page");
  ui::declare_force(flags, options.output, "replace an existing file");
  declare_contents(flags, options.contents);
}

void declare_stick(command::Flags& flags, StickOptions& options) {
  flags.argument("DIR", options.folder, "a new folder, on the stick");
  flags.option("--portable", "FILE", options.portable, "the archive that ./portable made");
  flags.option("--canaries", "FILE", options.canaries,
               "canaries (default: those of prove, if there are any)");
  flags.option("--add", "FILE", options.added, "one more file");
  flags.option("--key", "FILE", options.key, "sign SHA256SUMS with this key, by ssh-keygen -Y sign");
  declare_contents(flags, options.contents);
}

void declare_verify(command::Flags& flags, VerifyOptions& options) {
  flags.argument("KIT", options.what, "a PDF, a picture with QR codes, or the folder of a stick");
  flags.option("--ca", "CA", options.authorities,
               "a name in halligan(5), or a public key (default: all CAs)");
  flags.option("--signer", "FILE", options.signers, "public keys: one of them has signed the stick");
  flags.flag("--start", options.start, "start the stick's program even if nobody known has signed it");
  ca::declare_configuration(flags, options.configuration);
  ui::declare_json(flags, options.output);
}

}  // namespace

command::Command kit_command() {
  return command::group(
      "kit", "what goes into the safe: print it, copy it to a stick, check it",
      "halligan kit print -o kit.pdf --token 'blue: serial 123' --seal 0042",
      {command::make("print", "print the pages of the envelope into a PDF", print_kit, declare_print,
                     {.notes = "No PIN and no touch. Needs the package halligan-kit.",
                      .examples = {"halligan kit print -o kit.pdf --seal 0042"}}),
       command::make("stick", "copy the kit to a stick, with runbooks for a browser", write_stick,
                     declare_stick,
                     {.notes = "Refuses private keys.",
                      .examples = {"halligan kit stick /media/stick/kit --key ~/.ssh/id_ed25519"}}),
       command::make("verify", "say whether a kit is what it was and still of use", verify_kit,
                     declare_verify,
                     {.notes = "Exit status 1 if something is wrong. Paper needs zbar-tools, poppler-utils.",
                      .examples = {"halligan kit verify kit.pdf",
                                   "halligan kit verify /media/stick/kit --signer me.pub"}})});
}

}  // namespace halligan::kit
