// The flags of mint and sign.
#include <limits>

#include "issue/command.hpp"
#include "request/format.hpp"

namespace halligan::issue {
namespace {

// Serials rise: with the highest of all in the ledger, none would be left for the next certificate.
constexpr std::uint64_t kHighestSerial = std::numeric_limits<std::int64_t>::max();

void declare_spec(command::Flags& flags, SigningOptions& signing) {
  SpecOptions& options = signing.spec;
  flags.group("Certificate");
  flags.option("-I,--key-id", "KEY_ID", options.key_id, "key ID, in every host's log: who, and why").must();
  flags.list("-n,--principals", "NAMES", options.principals, "accounts, separated by commas");
  flags.option("-V,--validity", "FROM:TO", options.validity, "validity, as in ssh-keygen")
      .shown_default(kDefaultValidity);
  flags.option("-O,--option", "OPTION", options.certificate_options, "certificate option, as in ssh-keygen");
  command::Flag& serial = flags.number("-z,--serial", "N", options.serial, 0, kHighestSerial,
                                       "serial (default: Unix milliseconds)");
  // ssh-keygen's "+N": serials rise with each key, which they do here anyway.
  serial.take = [take = serial.take](const std::string& text) {
    return take(text.starts_with('+') ? text.substr(1) : text);
  };
  flags.option("--policy", "FILE", signing.policy_file, "the CA's policy (default: see halligan(1))");
  flags.option("--without-policy", "REASON", signing.without_policy,
               "sign without the policy that the CA is bound to; recorded");
  flags.flag("-y,--yes", signing.yes, "sign what is shown without asking");
  flags.flag("-q,--quiet", signing.quiet, "report nothing; with --yes show nothing before either")
      .without({"json"});
}

void declare(command::Flags& flags, LedgerOptions& options) {
  flags.group("Ledger");
  flags.option("--ledger", "FILE", options.file, "record the certificate there (default: the CA's own)");
  flags.flag("--no-ledger", options.none, "do not record it").without({"ledger"});
  flags.option("--reason", "TEXT", options.reason, "why, for the ledger").empty_too();
}

void declare_delivery(command::Flags& flags, MintOptions& options) {
  flags.group("Key and delivery");
  flags.option("-t,--type", "TYPE", options.type, "ed25519, ecdsa, rsa, or on a token ed25519-sk, ecdsa-sk")
      .one_of({"ed25519", "ecdsa", "rsa", "ed25519-sk", "ecdsa-sk"});
  flags.number("-b,--bits", "BITS", options.bits, 1, 65536, "size of an ecdsa or rsa key");
  flags.option("--subject-device", "PATH", options.subject_device, "the token for a new key of type -sk");
  flags.option("-o,--output", "FILE", options.file, "write FILE, FILE.pub and FILE-cert.pub");
  ui::declare_force(flags, options.output, "replace existing files");
  flags.flag("--agent", options.agent, "into ssh-agent instead of files, until the certificate ends")
      .without({"output", "force", "ssh"});
  flags.flag("--confirm", options.confirm, "the agent asks before each use").with("agent");
  flags.option("--ssh", "HOST", options.hosts, "log in to HOST with it and keep nothing")
      .without({"output", "force", "json"});
  flags
      .flag("--certificate-per-hop", options.certificate_per_hop, "another one for jump hosts, another touch")
      .with("ssh");
  flags.flag("--accept-new", options.accept_new, "accept host keys that are not known yet").with("ssh");
  flags.flag("--no-preflight", options.no_preflight, "do not check first whether the login can work")
      .with("ssh");
  flags.flag("--run", options.run, "run what follows -- with an agent that holds it")
      .without({"output", "force", "json", "agent", "ssh"});
  ui::declare_json(flags, options.output);
  flags.rest("ARGUMENT", options.rest);
}

void declare_mint(command::Flags& flags, MintOptions& options) {
  declare_spec(flags, options);
  declare_delivery(flags, options);
  ca::declare(flags, options.authority);
  declare(flags, options.ledger);
  ca::declare(flags, options.token);
}

void declare_request(command::Flags& flags, SignOptions& options) {
  flags.group("Request");
  flags.option("--request", "FILE", options.request.file, "sign what FILE asks for (- is standard input)");
  flags.option("--max-age", "DURATION", options.request.max_age, "refuse an older request").with("request");
  flags.option("--code", "CODE", options.request.code, "the code you were told; refuse any other")
      .with("request");
  flags
      .option("--co-signers", "FILE", options.request.co_signers,
              "who may co-sign, in the format of allowed signers")
      .with("request");
  flags
      .number("--require", "N", options.request.require, 1, request::kMaxCoSignatures,
              "co-signatures required (default: 1)")
      .with("request");
}

void declare_sign(command::Flags& flags, SignOptions& options) {
  flags.arguments("KEY.pub", options.files, "public key files; KEY-cert.pub is written (-: streams)");
  declare_spec(flags, options);
  // A request has its own key, principals and reason; what is typed besides only restricts.
  flags["key-id"].optional();
  flags.flag("--host", options.host, "host certificates: --principals names hosts");
  flags.option("--renew", "FILE", options.renew, "make the certificate in FILE again, valid from now on")
      .without({"request", "host"});
  ui::declare_force(flags, options.output, "replace existing certificates");
  ui::declare_json(flags, options.output);
  declare_request(flags, options);
  ca::declare(flags, options.authority);
  declare(flags, options.ledger);
  ca::declare(flags, options.token);
}

}  // namespace

command::Command mint_command() {
  return command::make(
      "mint", "make a key and its certificate, with one touch", run_mint, declare_mint,
      {.notes = "Without --ca the CA key is searched on the token, which requires its PIN. A\n"
                "certificate permits a terminal (permit-pty) and nothing else unless --option\n"
                "asks for more, or --ssh leads through a jump host. Arguments after -- are for\n"
                "ssh, or the command of --run.",
       .examples = {"halligan mint -I 'ann: incident 4711' -n root",
                    "halligan mint --ca ca-a/ca -I ann-4711 -n root,admin -V -5m:+15m -o em",
                    "halligan mint -I 'ann: incident 4711' -n root --ssh web1 -- uptime",
                    "halligan mint -I 'ann: 4711' -n root --run -- scp x root@web1:"}});
}

command::Command sign_command() {
  return command::make(
      "sign", "sign certificates for existing keys, a touch for each", run_sign, declare_sign,
      {.notes = "With several keys the serials rise by one from the first. With --request,\n"
                "--principals and --validity are upper limits, and --key-id replaces the reason.\n"
                "With --renew, whatever is typed replaces what the certificate says.",
       .examples = {"halligan sign --ca ca-a/ca -I ben-4711 -n root -V +30m ben.pub",
                    "halligan sign --ca ca-a/ca --request ben.request -n root",
                    "halligan sign --ca ca-a/ca --renew ssh_host_ed25519_key-cert.pub"}});
}

}  // namespace halligan::issue
