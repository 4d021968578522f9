#include "cli/inspect_command.hpp"
#include "cli/parse_parts.hpp"

namespace halligan::cli {

void declare_inspect(CLI::App& parent, Run& chosen) {
  const auto [app, options] =
      add_command(parent, chosen, inspect, "inspect", "show and check certificates, keys, KRLs, requests");
  app->add_option("FILE", options->files, "files, - for standard input")->type_name("");
  app->add_flag("--agent", options->agent, "what the agent of SSH_AUTH_SOCK holds");
  app->add_option("--host", options->hosts, "what a server offers as its host keys")
      ->type_name("HOST[:PORT]")
      ->allow_extra_args(false);
  app->add_option("--ca", options->authorities, "say whose certificates these are, of the CAs in FILE")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app->add_option("--krl", options->lists, "say what is revoked, and by which entry")
      ->type_name("KRL")
      ->allow_extra_args(false);
  app->add_flag("--check", options->check, "only problems, one on each line");
  app->add_option("--expires-in", options->expires_in, "--check, and what expires so soon")
      ->type_name("TIME|N%");
  app->add_flag("--json", options->output.json, "a JSON object for each, on a line of its own");
  app->footer(
      "What a file is shows in its contents: certificates and public keys (any number,\n"
      "one on each line), key and handle files, KRLs, requests, bundles.\n"
      "Exit status 1: a bad signature, not one of --ca, revoked by --krl; with --check\n"
      "also what is not valid now. 3: something could not be read; the rest was shown.\n\n"
      "Examples:\n"
      "  halligan inspect emergency-cert.pub\n"
      "  ssh-add -L | halligan inspect --json -\n"
      "  halligan inspect --check --expires-in 7d --ca ca.pub --host web1\n");
}

}  // namespace halligan::cli
