// The flags of handoff.
#include "handoff/command.hpp"

namespace halligan::handoff {
namespace {

void declare_seal(command::Flags& flags, SealOptions& options) {
  flags.option("--to", "RECIPIENT", options.recipients,
               "age1..., an ssh-ed25519 or ssh-rsa key, or its file");
  flags.flag("--passphrase", options.passphrase, "encrypt with a passphrase; age asks for it");
  flags.option("-i,--identity", "FILE", options.file, "the key; its certificate is beside it");
  flags.option("--known-hosts", "FILE", options.known_hosts, "the hosts' keys").must();
  flags.option("--host", "HOST", options.hosts, "a host to log in to: HOST or HOST:PORT").must();
  flags.option("-o,--output", "FILE", options.sealed, "write the sealed bundle to FILE");
  flags.flag("-a,--armor", options.armor, "as text, to be pasted");
  ui::declare_force(flags, options.output, "replace an existing file");
  ui::declare_json(flags, options.output);
}

void declare_open(command::Flags& flags, OpenOptions& options) {
  flags.argument("FILE", options.sealed, "the sealed bundle, - for standard input");
  flags.option("-i,--identity", "FILE", options.identities,
               "your age identity or SSH key (else: a passphrase)");
  flags.option("-d,--directory", "DIR", options.folder, "a new folder for the contents");
  ui::declare_json(flags, options.output);
}

void declare_send(command::Flags& flags, SendOptions& options) {
  flags.argument("FILE", options.sealed, "the sealed bundle");
}

void declare_receive(command::Flags& flags, ReceiveOptions& options) {
  flags.option("-o,--output", "FILE", options.sealed, "write the sealed bundle to FILE");
  ui::declare_json(flags, options.output);
}

}  // namespace

command::Command handoff_command() {
  return command::group(
      "handoff", "hand over a key and its certificate, encrypted",
      "halligan handoff open -i ~/.ssh/id_ed25519 handoff.age",
      {command::make(
           "seal", "encrypt a key, its certificate and instructions", seal_handoff, declare_seal,
           {.notes = "Needs the program age. Better: send no key at all, see halligan request.",
            .examples = {"halligan handoff seal --to sam.pub --known-hosts known_hosts --host web1"}}),
       command::make("open", "decrypt, check and unpack a bundle", open_handoff, declare_open,
                     {.notes = "Exit status 1 if the certificate is not valid now.",
                      .examples = {"halligan handoff open -i ~/.ssh/id_ed25519 handoff.age"}}),
       command::make(
           "send", "send a sealed bundle with magic-wormhole", send_handoff, declare_send,
           {.notes = "Needs the program wormhole.", .examples = {"halligan handoff send handoff.age"}}),
       command::make("receive", "receive one with magic-wormhole", receive_handoff, declare_receive,
                     {.notes = "Needs the program wormhole, which asks for the code.",
                      .examples = {"halligan handoff receive"}})});
}

}  // namespace halligan::handoff
