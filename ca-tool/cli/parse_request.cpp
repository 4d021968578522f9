#include "cli/parse_parts.hpp"
#include "cli/request_command.hpp"

namespace halligan::cli {
namespace {

void declare_own_key(CLI::App& app, OwnKeyOptions& key) {
  app.add_option("--key", key.file, "your key: a private key or handle file")->type_name("FILE");
  app.add_option("--agent-key", key.agent, "or one in ssh-agent: SHA256:... or comment")->type_name("NAME");
}

void declare_freshness(CLI::App& app, std::string& max_age, std::optional<std::string>& code) {
  app.add_option("--max-age", max_age, "refuse a request older than this")
      ->type_name("DURATION")
      ->capture_default_str();
  app.add_option("--code", code, "the code you were told; refuse any other")->type_name("CODE");
}

}  // namespace

void declare_request(CLI::App& parent, Run& chosen) {
  const auto [app, options] =
      add_command(parent, chosen, request, "request", "ask for a certificate; the key stays here");
  app->add_option("-n", options->principals, "accounts, separated by commas")
      ->type_name("NAMES")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->required();
  app->add_option("-I", options->reason, "who, and why: the key id in every host's log")
      ->type_name("REASON")
      ->required();
  app->add_option("--host", options->hosts, "a host you mean to log in to")
      ->type_name("HOST")
      ->allow_extra_args(false);
  app->add_option("-V", options->validity, "validity, as ssh-keygen's")
      ->type_name("FROM:TO")
      ->capture_default_str();
  CLI::Option* fresh = app->add_option("-o", options->file, "write a fresh key to FILE and FILE.pub")
                           ->type_name("FILE")
                           ->capture_default_str();
  declare_own_key(*app, options->key);
  for (const char* own : {"--key", "--agent-key"}) fresh->excludes(app->get_option(own));
  app->add_flag("--force", options->output.force, "replace files that are there");
  declare(*app, options->token);
  declare_json(*app, options->output);
  app->footer(
      "Prints the request to be sent, by any channel, and a code to be read out.\n\n"
      "Example:\n  halligan request -n root -I 'ben: incident 4711' --host web1 >ben.request\n");
}

void declare_co_sign(CLI::App& parent, Run& chosen) {
  const auto [app, options] =
      add_command(parent, chosen, co_sign, "co-sign", "add a second custodian's signature to a request");
  app->add_option("FILE", options->request, "the request, - for standard input")->type_name("")->required();
  declare_own_key(*app, options->key);
  declare_freshness(*app, options->max_age, options->code);
  app->add_flag("-y,--yes", options->yes, "co-sign what is shown without asking");
  declare(*app, options->token);
  app->footer(
      "Prints the request with the signature in it.\n\n"
      "Example:\n  halligan co-sign --key ~/.ssh/id_ed25519 ben.request >ben2.request\n");
}

void declare_sign_request(CLI::App& app, SignOptions& options) {
  // A request has its own key, accounts and reason; what is typed besides only restricts.
  for (const char* name : {"KEY.pub", "-I", "-n"}) app.get_option(name)->required(false);
  CLI::Option* file =
      app.add_option("--request", options.request.file, "sign what FILE asks for (- for standard input)")
          ->type_name("FILE");
  declare_freshness(app, options.request.max_age, options.request.code);
  app.add_option("--co-signers", options.request.co_signers, "persons who may co-sign: allowed signers")
      ->type_name("FILE");
  add_number(app, "--require", options.request.require, 1, ssh::kMaxCoSignatures,
             "co-signatures wanted (default: 1)");
  for (const char* check : {"--max-age", "--code", "--co-signers", "--require"})
    app.get_option(check)->needs(file);
}

}  // namespace halligan::cli
