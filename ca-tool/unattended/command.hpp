// halligan unlock, lock, checkpin, run, env, unattended: a token that signs for jobs while nobody is there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "ca/options.hpp"
#include "ui/output.hpp"

namespace halligan::unattended {

/// Which identities of which agent.
struct KeyOptions {
  std::string agent;               ///< its socket; empty: see UserAgent::find()
  std::vector<std::string> names;  ///< see is_meant(); empty: all
  bool card = false;               ///< an OpenPGP card, not a token; see meant_card()
};

struct UnlockOptions {
  ui::OutputOptions output;  ///< force: although few PIN tries are left
  ca::TokenOptions token;
  KeyOptions keys;
  bool wait = false;
  std::optional<std::uint32_t> lifetime;  ///< seconds
  std::optional<std::uint32_t> hold;      ///< seconds for which the PIN is held; nothing: it is not
  std::string provider;                   ///< another library for the agent to load; empty: ours
};

struct LockOptions {
  ui::OutputOptions output;
  KeyOptions keys;
};

struct CheckOptions {
  ui::OutputOptions output;
  ca::TokenOptions token;  ///< the one to look at, where the agent does not sign
  KeyOptions keys;
  bool quiet = false;
};

struct RunOptions {
  ca::TokenOptions token;
  KeyOptions keys;
  bool skip = false;                     ///< locked: nothing is run, and that is no failure
  bool input = false;                    ///< with our standard input
  std::optional<std::uint32_t> timeout;  ///< seconds
  std::vector<std::string> command;
};

struct EnvironmentOptions {
  KeyOptions keys;
  bool start = false;  ///< the agent that lasts, see keep_agent()
  bool sh = false;
  bool csh = false;
  bool fish = false;
  bool systemd = false;
  bool crontab = false;
};

struct SetupOptions {
  KeyOptions keys;
  std::vector<std::string> hosts;
  std::string from;    ///< patterns of addresses; empty: the address that each host sees
  std::string forced;  ///< the only command; empty: any
  bool yes = false;
  std::vector<std::string> ssh_arguments;
};

Result<int> unlock_keys(const UnlockOptions& options);
Result<int> lock_keys(const LockOptions& options);
Result<int> check_keys(const CheckOptions& options);
Result<int> run_unlocked(const RunOptions& options);
Result<int> print_environment(const EnvironmentOptions& options);
Result<int> set_up_hosts(const SetupOptions& options);

/// unlock, lock, checkpin, status, run, env, unattended
std::vector<command::Command> unattended_commands();

}  // namespace halligan::unattended
