// The flags of unlock, lock, checkpin, run and env.
#include "base/codec.hpp"
#include "unattended/check.hpp"
#include "unattended/command.hpp"

namespace halligan::unattended {
namespace {

void declare_agent(command::Flags& flags, KeyOptions& options) {
  flags.option("--agent", "SOCKET", options.agent, "the agent's socket, instead of SSH_AUTH_SOCK");
}

void declare_card(command::Flags& flags, KeyOptions& options) {
  flags.flag("--card", options.card, "an OpenPGP card, not a FIDO2 token");
}

constexpr const char* kNames = "applications or fingerprints (else: all)";

void declare_names(command::Flags& flags, KeyOptions& options) {
  flags.arguments("NAME", options.names, kNames);
  declare_agent(flags, options);
  declare_card(flags, options);
}

void declare_unlock(command::Flags& flags, UnlockOptions& options) {
  declare_names(flags, options.keys);
  ui::declare_duration(flags, "--ttl", options.lifetime, "the agent forgets the keys after this time");
  ui::declare_duration(flags, "--hold-pin", options.hold,
                       "for keys that require the PIN each time: hold it in memory so long");
  flags.flag("--wait", options.wait, "wait until the token is there");
  ui::declare_force(flags, options.output, "unlock even with two PIN tries left, or one");
  flags.option("--provider", "PATH", options.provider, "the library that the agent is to load");
  ui::declare_json(flags, options.output);
  ca::declare(flags, options.token);
}

void declare_lock(command::Flags& flags, LockOptions& options) {
  declare_names(flags, options.keys);
  ui::declare_json(flags, options.output);
}

void declare_check(command::Flags& flags, CheckOptions& options) {
  declare_names(flags, options.keys);
  flags.flag("-q,--quiet", options.quiet, "print nothing");
  ui::declare_json(flags, options.output);
  ca::declare_device(flags, options.token);
}

void declare_run(command::Flags& flags, RunOptions& options) {
  flags.list("--key", "NAME", options.keys.names, kNames);
  declare_agent(flags, options.keys);
  declare_card(flags, options.keys);
  flags.flag("--skip", options.skip, "locked: exit with status 0 and a message");
  flags.flag("--stdin", options.input, "pass standard input on (else: /dev/null)");
  ui::declare_duration(flags, "--timeout", options.timeout,
                       "end the command after this time, with status 124");
  ca::declare_device(flags, options.token);
  flags.rest("COMMAND", options.command);
}

void declare_environment(command::Flags& flags, EnvironmentOptions& options) {
  declare_agent(flags, options.keys);
  declare_card(flags, options.keys);
  flags.flag("--start", options.start, "this user's one agent on this host; start it if needed")
      .without({"agent"});
  struct Word {
    const char* name;
    bool& into;
    const char* help;
  };
  const Word words[] = {{"sh", options.sh, "for sh, bash and zsh (default)"},
                        {"csh", options.csh, "for csh and tcsh"},
                        {"fish", options.fish, "for fish"},
                        {"systemd", options.systemd, "for EnvironmentFile="},
                        {"crontab", options.crontab, "for a crontab"}};
  for (const Word& word : words) {
    std::vector<std::string> others;
    for (const Word& other : words)
      if (&other != &word) others.emplace_back(other.name);
    flags.flag(std::string("--") + word.name, word.into, word.help).without(std::move(others));
  }
}

void declare_setup(command::Flags& flags, SetupOptions& options) {
  flags.arguments("HOST", options.hosts, "hosts, as ssh names them").must();
  flags.option("--command", "TEXT", options.forced, "the only command that the key may run");
  flags.option("--from", "PATTERNS", options.from,
               "addresses to come from (else: the one that the host sees)");
  flags.list("--key", "NAME", options.keys.names, kNames);
  declare_agent(flags, options.keys);
  declare_card(flags, options.keys);
  flags.flag("-y,--yes", options.yes, "do not ask for confirmation");
  flags.rest("SSH_ARGUMENT", options.ssh_arguments);
}

}  // namespace

std::vector<command::Command> unattended_commands() {
  constexpr const char* kStates =
      "Exit status 0 unlocked, 1 locked, 2 no token or a wrong one, 3 PIN blocked until\n"
      "the token is replugged, 4 PIN blocked for good, 5 no agent, 64 usage.";
  std::vector<command::Command> commands{
      command::make(
          "unlock", "type the PIN once; jobs can use the token until lock", unlock_keys, declare_unlock,
          {.notes = "The ssh-agent gets the handles of resident keys. Without --hold-pin, the PIN is\n"
                    "kept nowhere.",
           .examples = {"halligan unlock --wait", "halligan unlock backup --ttl 8h",
                        "halligan unlock --hold-pin 8h"}}),
      command::make("lock", "remove from the agent what unlock has added; no PIN is held any more", lock_keys,
                    declare_lock, {.notes = "Other keys stay in the agent.", .examples = {"halligan lock"}}),
      command::make("checkpin", "is it unlocked? no prompt, no touch", check_keys, declare_check,
                    {.notes = kStates, .examples = {"halligan checkpin -q || exit 1"}}),
      command::make("status", "the same as checkpin", check_keys, declare_check,
                    {.notes = kStates, .examples = {"halligan status"}}),
      command::make(
          "run", "run a job with the unlocked keys, or fail at once", run_unlocked, declare_run,
          {.notes = kStates, .examples = {"halligan run --timeout 6h -- rsync -a root@web1:/etc ."}}),
      command::make("env", "print SSH_AUTH_SOCK for a shell, a unit or a crontab", print_environment,
                    declare_environment, {.notes = {}, .examples = {"eval \"$(halligan env --start)\""}}),
      command::group(
          "unattended", "prepare hosts for unlocked keys", "halligan unattended setup web1",
          {command::make("setup", "permit the unlocked keys on hosts, restricted", set_up_hosts,
                         declare_setup,
                         {.notes = "Shows each line of authorized_keys, and asks before it is added.",
                          .examples = {"halligan unattended setup web1 --command 'rrsync -ro /'"}})})};
  for (command::Command& each : commands) {
    each.together = "agents and jobs";
    if (each.name == "checkpin" || each.name == "status" || each.name == "run")
      each.usage_status = kUsageStatus;
  }
  return commands;
}

}  // namespace halligan::unattended
