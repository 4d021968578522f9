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

}  // namespace

command::Command kit_command() {
  return command::group(
      "kit", "what goes into the safe: print it, copy it to a stick, check it",
      "halligan kit print -o kit.pdf --token 'blue: serial 123' --seal 0042",
      {command::make("print", "print the pages of the envelope into a PDF", print_kit, declare_print,
                     {.notes = "No PIN and no touch. Needs the package halligan-kit.",
                      .examples = {"halligan kit print -o kit.pdf --seal 0042"}})});
}

}  // namespace halligan::kit
