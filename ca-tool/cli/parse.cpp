#include "cli/parse.hpp"

#include <algorithm>
#include <string_view>

#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/parse_parts.hpp"

namespace halligan::cli {
namespace {

constexpr std::size_t kNameColumn = 26;  // help fits 80 columns with it

// Serials rise: with the highest of all in the ledger, none would be left for the next certificate.
constexpr std::uint64_t kHighestSerial = std::numeric_limits<std::int64_t>::max();

void declare(CLI::App& app, AuthorityOptions& options) {
  app.add_option("--application", options.application, "the CA's name on the token")
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--user", options.user, "the CA's user on the token")->type_name("NAME");
}

void declare_handle(CLI::App& app, AuthorityOptions& options) {
  app.add_option("--ca", options.file, "the CA's handle or key file (else: the token)")->type_name("FILE");
  app.add_flag("-U,--ca-agent", options.agent, "the ssh-agent signs; --ca names CA.pub");
  app.add_option("--provider", options.provider, "another library for the handle's token")->type_name("PATH");
}

void declare(CLI::App& app, GrantOptions& options) {
  // One word behind each -n and -O: the next one may be a key file.
  app.add_option("-I", options.key_id, "key id, in every host's log: who, and why")
      ->type_name("KEY_ID")
      ->required();
  app.add_option("-n", options.principals, "accounts, separated by commas")
      ->type_name("NAMES")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->required();
  app.add_option("-V", options.validity, "validity, as ssh-keygen's")
      ->type_name("FROM:TO")
      ->capture_default_str();
  app.add_option("-O", options.letters, "certificate option, as ssh-keygen's")
      ->type_name("OPTION")
      ->allow_extra_args(false);
  add_number(app, "-z", options.serial, 0, kHighestSerial, "serial (default: Unix milliseconds)");
  app.add_option("--policy", options.policy_file, "the CA's rules (default: CA.policy, if there)")
      ->type_name("FILE");
  app.add_flag("-y,--yes", options.yes, "sign what is shown without asking");
}

// What stands behind the first -- of "mint" is not ours to understand: ssh gets it as it is.
struct CommandLine {
  CommandLine(int argc, char** argv) : own(argc) {
    if (argc < 2 || std::string_view(argv[1]) != "mint") return;
    char** const end = argv + argc;
    char** const mark = std::find(argv, end, std::string_view("--"));
    if (mark == end) return;
    own = static_cast<int>(mark - argv);
    for_ssh.assign(mark + 1, end);
  }

  int own;  ///< words
  std::vector<std::string> for_ssh;
};

void declare_folder(CLI::App& app, std::string& folder) {
  app.add_option("-d,--directory", folder, "folder for the CA's files")
      ->type_name("DIR")
      ->capture_default_str();
}

void declare_init(CLI::App& parent, Run& chosen) {
  const auto [app, options] =
      add_command(parent, chosen, init_authority, "init", "make a CA key on the token (one touch)");
  declare_folder(*app, options->folder);
  app->add_option("-t,--type", options->type, "ecdsa-sk or ed25519-sk")
      ->type_name("TYPE")
      ->check(CLI::IsMember({"ecdsa-sk", "ed25519-sk"}))
      ->capture_default_str();
  app->add_option("-C,--comment", options->request.comment, "names the token; kept on it too")
      ->type_name("TEXT");
  app->add_option("--application", options->request.application, "the CA's name on the token")
      ->type_name("NAME")
      ->capture_default_str();
  app->add_option("--user", options->request.user, "keeps two CAs of one name apart")->type_name("NAME");
  app->add_flag("--verify-required", options->request.verify, "want the PIN for each signature");
  app->add_flag("--force", options->output.force, "replace files, and the CA on the token (asks)");
  app->add_flag("--yes", options->yes, "destroy that CA without asking");
  declare(*app, options->token);
  declare_json(*app, options->output);
  app->footer(
      "Writes ca.pub for the hosts, ca (a handle, useless without the token; for\n"
      "ssh-keygen -s), ca.json and ca.attestation.\n\n"
      "Example:\n  halligan ca init -d ca-a -C 'emergency CA, token A'\n");
}

void declare_export(CLI::App& parent, Run& chosen) {
  const auto [app, options] = add_command(parent, chosen, export_authority, "export",
                                          "write a CA's files again from the token alone");
  declare_folder(*app, options->folder);
  declare(*app, options->authority);
  app->add_flag("--force", options->output.force, "replace files that are there");
  declare(*app, options->token);
  declare_json(*app, options->output);
  app->footer(
      "Needs the token's PIN. Writes ca.pub, ca and ca.json.\n\nExample:\n  halligan ca export -d /tmp/ca");
}

void declare_mint(CLI::App& parent, Run& chosen, std::vector<std::string> for_ssh) {
  const auto [app, options] =
      add_command(parent, chosen, mint, "mint", "a new key and its certificate, with one touch");
  declare(*app, options->grant);
  declare_handle(*app, options->authority);
  declare(*app, options->authority);
  options->ssh_arguments = std::move(for_ssh);
  declare_delivery(*app, *options);
  app->add_option("-t", options->type, "ed25519, ecdsa or rsa")
      ->type_name("TYPE")
      ->check(CLI::IsMember({"ed25519", "ecdsa", "rsa"}))
      ->capture_default_str();
  add_number(*app, "-b", options->bits, 1, 65536, "size of an ecdsa or rsa key")->type_name("BITS");
  declare(*app, options->ledger);
  declare(*app, options->token);
  app->footer(
      "Without --ca the CA key is found on the token, which wants its PIN. A\n"
      "certificate allows a terminal and nothing else (permit-pty) unless -O asks\n"
      "for more.\n\n"
      "Examples:\n"
      "  halligan mint -I 'ann: incident 4711' -n root\n"
      "  halligan mint --ca ca-a/ca -I ann-4711 -n root,admin -V -5m:+15m -o em\n"
      "  halligan mint -I 'ann: incident 4711' -n root --ssh web1 -- uptime\n");
}

void declare_sign(CLI::App& parent, Run& chosen) {
  const auto [app, options] =
      add_command(parent, chosen, sign, "sign", "certificates for keys that exist, a touch for each");
  app->add_option("KEY.pub", options->files, "public key files; KEY-cert.pub is written")
      ->type_name("")
      ->required();
  declare(*app, options->grant);
  declare_handle(*app, options->authority);
  declare(*app, options->authority);
  declare_sign_request(*app, *options);
  app->add_flag("--host", options->host, "host certificates: -n names hosts");
  app->add_flag("--force", options->output.force, "replace certificates that are there");
  declare(*app, options->ledger);
  declare(*app, options->token);
  declare_json(*app, options->output);
  app->footer(
      "With several keys the serials rise by one from the first. With --request, -n\n"
      "and -V are the most that is allowed, and -I replaces the reason.\n\n"
      "Examples:\n"
      "  halligan sign --ca ca-a/ca -I ben-4711 -n root -V +30m ben.pub\n"
      "  halligan sign --ca ca-a/ca --request ben.request -n root\n");
}

}  // namespace

std::variant<Run, int> parse(int argc, char** argv) {
  CLI::App app("Emergency SSH certificates from a CA key on a security key.", "halligan");
  app.get_formatter()->column_width(kNameColumn);
  app.set_version_flag("--version", "halligan " HALLIGAN_VERSION "\n");
  app.require_subcommand(1);
  app.footer(
      "Exit status: 0 done, 1 the answer is no, 2 usage, 3 bad input, 4 token, host\n"
      "or disk not reachable, 5 needs a person, 70 our bug. See halligan(1).\n\n"
      "Example:\n  halligan mint -I 'ann: incident 4711' -n root && ssh -i emergency root@web1\n");
  Run chosen;
  CLI::App* authority = app.add_subcommand("ca", "make a CA on a token, or export it again");
  authority->require_subcommand(1);
  declare_init(*authority, chosen);
  declare_export(*authority, chosen);
  const CommandLine line(argc, argv);
  const std::span<const char* const> words(argv, static_cast<std::size_t>(line.own));
  declare_mint(app, chosen, line.for_ssh);
  declare_sign(app, chosen);
  declare_inspect(app, chosen);
  declare_token(app, chosen);
  declare_ledger(app, chosen);
  declare_request(app, chosen);
  declare_co_sign(app, chosen);
  declare_handoff(app, chosen);
  refuse_empty_values(app);
  try {
    auto arguments = spelled_out(words);
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    complain(explain(error, app, words));
    return exit_code(Code::kUsage);
  }
  return chosen;
}

}  // namespace halligan::cli
