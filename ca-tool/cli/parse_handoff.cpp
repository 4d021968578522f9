#include "cli/handoff_command.hpp"
#include "cli/parse_parts.hpp"

namespace halligan::cli {
namespace {

void declare_seal(CLI::App& parent, Run& chosen) {
  const auto [app, options] =
      add_command(parent, chosen, seal_handoff, "seal", "encrypt key, certificate and instructions");
  app->add_option("--to", options->recipients, "age1..., ssh-ed25519 or ssh-rsa key, or .pub file")
      ->type_name("RECIPIENT")
      ->allow_extra_args(false);
  app->add_flag("--passphrase", options->passphrase, "encrypt with a passphrase; age asks for it");
  app->add_option("-i", options->file, "the key; its certificate lies beside it")
      ->type_name("FILE")
      ->capture_default_str();
  app->add_option("--known-hosts", options->known_hosts, "the hosts' keys")->type_name("FILE")->required();
  app->add_option("--host", options->hosts, "a host to log in to")
      ->type_name("HOST")
      ->allow_extra_args(false)
      ->required();
  app->add_option("-o", options->sealed, "write the sealed bundle to FILE")
      ->type_name("FILE")
      ->capture_default_str();
  app->add_flag("-a,--armor", options->armor, "as text, to be pasted");
  app->add_flag("--force", options->output.force, "replace a file that is there");
  declare_json(*app, options->output);
  app->footer(
      "Needs the program age. Better send no key at all: see halligan request.\n\n"
      "Example:\n"
      "  halligan handoff seal --to sam.pub --known-hosts /etc/ssh/ssh_known_hosts \\\n"
      "    --host web1\n");
}

void declare_open(CLI::App& parent, Run& chosen) {
  const auto [app, options] = add_command(parent, chosen, open_handoff, "open", "decrypt, check, unpack");
  app->add_option("FILE", options->sealed, "the sealed bundle, - for standard input")
      ->type_name("")
      ->required();
  app->add_option("-i", options->identities, "your age identity or SSH key (else: a passphrase)")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app->add_option("-d,--directory", options->folder, "a new folder for what is in it")
      ->type_name("DIR")
      ->capture_default_str();
  declare_json(*app, options->output);
  app->footer(
      "Exit status 1 if the certificate is not valid now.\n\n"
      "Example:\n  halligan handoff open -i ~/.ssh/id_ed25519 handoff.age\n");
}

void declare_wormhole(CLI::App& parent, Run& chosen) {
  const auto send = add_command(parent, chosen, send_handoff, "send", "send a sealed bundle by wormhole");
  send.app->add_option("FILE", send.options->sealed, "the sealed bundle")->type_name("")->required();
  send.app->footer("Needs the program wormhole.\n\nExample:\n  halligan handoff send handoff.age\n");

  const auto receive = add_command(parent, chosen, receive_handoff, "receive", "receive one by wormhole");
  receive.app->add_option("-o", receive.options->sealed, "write it to FILE")
      ->type_name("FILE")
      ->capture_default_str();
  receive.app->footer(
      "Needs the program wormhole, which asks for the code.\n\nExample:\n  halligan handoff receive\n");
}

}  // namespace

void declare_handoff(CLI::App& parent, Run& chosen) {
  CLI::App* handoff = parent.add_subcommand("handoff", "hand over a key and its certificate, sealed");
  handoff->require_subcommand(1);
  handoff->footer("Example:\n  halligan handoff open -i ~/.ssh/id_ed25519 handoff.age\n");
  declare_seal(*handoff, chosen);
  declare_open(*handoff, chosen);
  declare_wormhole(*handoff, chosen);
}

}  // namespace halligan::cli
