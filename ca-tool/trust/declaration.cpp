// The flags of trust.
#include <algorithm>

#include "base/codec.hpp"
#include "ca/options.hpp"
#include "ca/revocation_list.hpp"
#include "ca/selection.hpp"
#include "command/exit_code.hpp"
#include "io/files.hpp"
#include "ssh/krl.hpp"
#include "ssh/text_line.hpp"
#include "trust/command.hpp"

namespace halligan::trust {
namespace {

constexpr std::size_t kLargestCaFile = 1 << 20;

void declare_hosts(command::Flags& flags, HostOptions& options) {
  flags.arguments("HOST", options.names, "hosts, as ssh names them");
  flags.flag("--local", options.local, "this machine instead of hosts");
  flags.flag("--sudo", options.sudo, "become root by sudo, which must not ask for a password");
  flags.flag("--keep-going", options.keep_going, "go on to the next host after a failure");
  flags.rest("SSH_ARGUMENT", options.ssh_arguments);
}

void declare_authorities(command::Flags& flags, TrustOptions& options) {
  flags.list("--account", "NAME", options.accounts, "accounts to open (else: root)");
  flags.option("--ca", "CA", options.authorities,
               "a CA's name, or a file of public keys (else: the default CA)");
  ca::declare_configuration(flags, options.configuration);
}

void declare_wanted(command::Flags& flags, TrustOptions& options) {
  declare_authorities(flags, options);
  flags.flag("--principals", options.principals, "let the accounts' AuthorizedPrincipalsFile list them");
  flags.flag("--activate-pending", options.activate_pending,
             "a reload may load what others have changed and not loaded");
  flags.option("--krl", "FILE", options.list, "a list for RevokedKeys");
}

void declare_plan(command::Flags& flags, PlanOptions& options) {
  declare_hosts(flags, options.hosts);
  declare_wanted(flags, options);
  flags.flag("--sh", options.sh, "print the script that applies the plan")
      .without({"cloud-init", "nixos", "json"});
  flags.flag("--cloud-init", options.cloud_init, "print a snippet for cloud-init; asks no host")
      .without({"sh", "nixos", "json"});
  flags.flag("--nixos", options.nixos, "print a snippet for NixOS; asks no host")
      .without({"sh", "cloud-init", "json"});
  ui::declare_json(flags, options.output);
}

void declare_status(command::Flags& flags, TrustOptions& options) {
  declare_hosts(flags, options.hosts);
  declare_authorities(flags, options);
  ui::declare_json(flags, options.output);
}

void declare_change(command::Flags& flags, ChangeOptions& options) {
  flags
      .number("--deadline", "SECONDS", options.deadline, 5, 3600,
              "the host waits that long to be told to keep it")
      .shown_default("120");
  flags.flag("-y,--yes", options.yes, "do not ask for confirmation");
  ui::declare_json(flags, options.output);
}

void declare_canary(command::Flags& flags, ChangeOptions& options) {
  flags.option("--canary", "FILE", options.canaries,
               "certificates that the host must accept (no key needed)");
}

void declare_apply(command::Flags& flags, ChangeOptions& options) {
  declare_hosts(flags, options.hosts);
  declare_wanted(flags, options);
  declare_canary(flags, options);
  declare_change(flags, options);
}

void declare_remove(command::Flags& flags, ChangeOptions& options) {
  declare_hosts(flags, options.hosts);
  declare_authorities(flags, options);
  flags.flag("--principals", options.principals,
             "the accounts' AuthorizedPrincipalsFile no longer lists them");
  flags.flag("--activate-pending", options.activate_pending,
             "a reload may load what others have changed and not loaded");
  declare_change(flags, options);
}

void declare_rollback(command::Flags& flags, ChangeOptions& options) {
  declare_hosts(flags, options.hosts);
  flags.flag("--activate-pending", options.activate_pending,
             "a reload may load what others have changed and not loaded");
  declare_change(flags, options);
}

void declare_snapshot(command::Flags& flags, SnapshotOptions& options) {
  declare_hosts(flags, options.hosts);
  flags.list("--account", "NAME", options.accounts, "accounts to ask about (else: root)");
  flags.option("-o,--output", "FILE", options.file, "write to FILE, for you alone (else: standard output)");
  ui::declare_force(flags, options.output, "replace FILE");
}

Result<> add_authorities(const std::string& name, const std::string& configuration,
                         std::vector<ssh::PublicKeyLine>& out) {
  HALLIGAN_TRY(const auto known, ca::Configuration::load(configuration));
  std::string chosen = name;
  if (chosen.empty()) {
    HALLIGAN_TRY(const auto usual, known.default_ca());
    if (!usual) return fail(Code::kUsage, "no CA is named", "name its public key with --ca");
    chosen = *usual;
  }
  if (known.has(chosen)) {
    HALLIGAN_TRY(auto key, ca::configured_public_key(known.find(chosen)));
    out.push_back({std::move(key), chosen});
    return {};
  }
  HALLIGAN_TRY(const Bytes text, io::read_file(chosen, kLargestCaFile));
  const std::size_t before = out.size();
  HALLIGAN_CHECK(ssh::each_line(as_text(text), [&out](std::string_view line, std::size_t) -> Result<> {
                   HALLIGAN_TRY(auto parsed, ssh::parse_public_key_line(line));
                   const auto same = [&](const ssh::PublicKeyLine& each) { return each.key == parsed.key; };
                   if (std::ranges::none_of(out, same)) out.push_back(std::move(parsed));
                   return {};
                 }).in(printable(chosen)));
  if (out.size() == before) return fail(Code::kBadInput, printable(chosen) + ": contains no public key");
  return {};
}

}  // namespace

Result<int> each_host(const HostOptions& options, const std::function<Result<int>(const Host&)>& one) {
  HALLIGAN_TRY(const auto hosts, options.hosts());
  int worst = 0;
  for (const Host& host : hosts) {
    auto status = one(host);
    if (!status && (hosts.size() == 1 || !options.keep_going)) return status;
    if (!status) ui::complain(status.error());
    const int code = status ? *status : command::exit_code(status.error().code);
    worst = std::max(worst, code);
    if (code != 0 && !options.keep_going) break;
  }
  return worst;
}

Result<std::vector<Host>> HostOptions::hosts() const {
  if (local && !names.empty()) return fail(Code::kUsage, "--local and HOST do not go together");
  if (!local && names.empty()) return fail(Code::kUsage, "missing argument HOST", "name a host, or --local");
  std::vector<Host> out;
  for (const std::string& each : names) {
    if (each.empty() || each.starts_with('-')) return fail(Code::kUsage, "not a host: " + printable(each));
    out.push_back({each, ssh_arguments, sudo});
  }
  if (local) out.push_back({{}, {}, sudo});
  return out;
}

Result<> check_accounts(const std::vector<std::string>& accounts) {
  for (const std::string& each : accounts) {
    const bool good = !each.empty() && !each.starts_with('-') && std::ranges::all_of(each, [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
             c == '_' || c == '.';
    });
    if (!good) return fail(Code::kUsage, "--account: not a name of an account: " + printable(each));
  }
  return {};
}

Result<Wanted> TrustOptions::wanted() const {
  Wanted out{.authorities = {},
             .accounts = accounts,
             .principals = principals,
             .activate_pending = activate_pending,
             .list = {}};
  if (out.accounts.empty()) out.accounts.emplace_back("root");
  HALLIGAN_CHECK(check_accounts(out.accounts));
  if (authorities.empty()) HALLIGAN_CHECK(add_authorities({}, configuration, out.authorities));
  for (const std::string& each : authorities)
    HALLIGAN_CHECK(add_authorities(each, configuration, out.authorities));
  if (!list.empty()) {
    HALLIGAN_TRY(out.list, io::read_file(list, ssh::kMaxKrlSize));
    HALLIGAN_CHECK(ca::RevocationList::parse(*out.list, list));
  }
  return out;
}

command::Command trust_command() {
  constexpr const char* kExits =
      "Exit status 0 done or nothing to do, 1 refused or taken back, 4 not reachable.";
  return command::group(
      "trust", "let hosts trust a CA, without locking anybody out", "halligan trust plan root@web1",
      {command::make("plan", "show what would change on hosts; changes nothing", show_plan, declare_plan,
                     {.notes = "Exit status 0 it can be applied, 1 something forbids it, 4 not reachable.",
                      .examples = {"halligan trust plan root@web1 --ca ca.pub"}}),
       command::make("apply", "change hosts, prove it, or take it back", apply_trust, declare_apply,
                     {.notes = kExits,
                      .examples = {"halligan trust apply root@web1 --ca ca.pub --canary canary-cert.pub"}}),
       command::make("status", "say whether the change is in force", show_status, declare_status,
                     {.notes = "Exit status 0 yes, 1 no or drift, 4 not reachable.",
                      .examples = {"halligan trust status root@web1 --ca ca.pub"}}),
       command::make("remove", "let hosts no longer trust a CA", remove_trust, declare_remove,
                     {.notes = kExits, .examples = {"halligan trust remove root@web1 --ca old-ca.pub"}}),
       command::make("snapshot", "what hosts say of their sshd, for explain", take_snapshot, declare_snapshot,
                     {.examples = {"halligan trust snapshot root@web1 --account root,ann -o web1.json"}}),
       command::make("rollback", "go back to before the last change", roll_back, declare_rollback,
                     {.notes = kExits, .examples = {"halligan trust rollback root@web1"}})});
}

}  // namespace halligan::trust
