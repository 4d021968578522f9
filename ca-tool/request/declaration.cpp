// The flags of request and co-sign.
#include "request/command.hpp"

namespace halligan::request {
namespace {

void declare_own_key(command::Flags& flags, OwnKeyOptions& key) {
  flags.option("--key", "FILE", key.file, "your key: a private key or handle file");
  flags.option("--agent-key", "NAME", key.agent, "or one in ssh-agent: its fingerprint or comment");
}

void declare_request(command::Flags& flags, RequestOptions& options) {
  flags.group("Certificate");
  flags.list("-n,--principals", "NAMES", options.principals, "accounts, separated by commas").must();
  flags.option("-I,--key-id", "KEY_ID", options.reason, "key ID, in every host's log: who, and why").must();
  flags.option("--host", "HOST", options.hosts, "a host you intend to log in to");
  flags.option("-V,--validity", "FROM:TO", options.validity, "validity, as in ssh-keygen");
  flags.group("Key");
  flags.option("-o,--output", "FILE", options.file, "write a new key to FILE and FILE.pub")
      .without({"key", "agent-key"});
  declare_own_key(flags, options.key);
  ui::declare_force(flags, options.output, "replace existing files");
  ui::declare_json(flags, options.output);
  ca::declare(flags, options.token);
}

void declare_co_sign(command::Flags& flags, CoSignOptions& options) {
  flags.argument("FILE", options.request, "the request, - for standard input");
  declare_own_key(flags, options.key);
  flags.option("--max-age", "DURATION", options.max_age, "refuse an older request");
  flags.option("--code", "CODE", options.code, "the code you were told; refuse any other");
  flags.flag("-y,--yes", options.yes, "co-sign what is shown without asking");
  ui::declare_json(flags, options.output);
  ca::declare(flags, options.token);
}

}  // namespace

command::Command request_command() {
  return command::make(
      "request", "ask for a certificate; the key stays here", run_request, declare_request,
      {.notes = "Prints the request, which may be sent by any channel, and a code to read out.",
       .examples = {"halligan request -n root -I 'ben: incident 4711' --host web1 >ben.request"}});
}

command::Command co_sign_command() {
  return command::make("co-sign", "add a custodian's signature to a request", run_co_sign, declare_co_sign,
                       {.notes = "Prints the request with the signature in it.",
                        .examples = {"halligan co-sign --key ~/.ssh/id_ed25519 ben.request >ben2.request"}});
}

}  // namespace halligan::request
