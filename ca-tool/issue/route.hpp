// How ssh gets to a host, as it says itself (ssh -G): through which jump hosts, as whom, and what it knows of
// their keys. And how it is told to use our key at each of them, and nothing else.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace halligan::issue {

/// What a person wrote after "--", for ssh.
struct SshArguments {
  std::vector<std::string> words;  ///< without -J
  std::vector<std::string> jumps;  ///< -J and its value, if it is there
  std::string configuration;       ///< -F: a file, "none", or empty
  std::string account;             ///< -l
  unsigned verbose = 0;            ///< how many -v
};

/// By ssh's own rules: its options up to the command. Words that it will reject are left to it.
SshArguments read_ssh_arguments(const std::vector<std::string>& words);

/// One machine on the way.
struct Hop {
  std::string typed{};    ///< its name on the command line or in the configuration
  std::string account{};  ///< the account that is logged in to
  std::string host{};     ///< what is connected to: HostName
  std::uint16_t port = 22;
  bool reached_by_command = false;         ///< by a ProxyCommand of the configuration
  std::string key_name{};                  ///< what its key is looked up under: "[web1]:2222"
  std::vector<std::string> known_hosts{};  ///< files
  bool key_must_be_known = false;          ///< StrictHostKeyChecking is yes or ask
  bool key_is_found_elsewhere = false;     ///< KnownHostsCommand, VerifyHostKeyDNS

  /// "root@web1", and its address where that differs: "root@web1 (192.0.2.7:2222)"; for a terminal.
  std::string words() const;
};

/// The way to one host: the jump hosts in the order in which they are logged in to, and the host at its end.
struct Route {
  std::vector<Hop> hops{};  ///< at least one
  std::string jump{};       ///< ssh's ProxyJump, tokens replaced: "root@a,b:2222"; empty: none

  const Hop& target() const { return hops.back(); }
};

/// What ssh is told for each host, in the words of ssh_config(5): "IdentityAgent=/run/agent".
using SshSettings = std::vector<std::string>;

/// A configuration for jump hosts: our settings, then what the person's own says, then the account that
/// holds where nothing names one. @param configuration as SshArguments::configuration
/// @errors as io::read_file()
Result<std::string> jump_configuration(const SshSettings& settings, const std::string& configuration,
                                       const std::string& account);

/// The value of ProxyCommand for that way. @param configuration_file holds jump_configuration()
std::string jump_command(const Route& route, const std::string& configuration_file, unsigned verbose);

/// Ask ssh. @param argv the ssh that will run, up to its options and with the host, without a command
/// @errors kUsage (ssh rejects its arguments or its configuration) · kUnreachable (no ssh)
Result<Route> find_route(const std::vector<std::string>& argv, const std::string& host);

/// Which account would ssh log in to by itself? @param argv without -l and USER@
/// @return nothing if it is the user's own name, which is ssh's default. @errors as find_route()
Result<std::string> configured_account(const std::vector<std::string>& argv, const std::string& host);

/// Put the jump hosts before the target, however they are reached themselves.
/// @errors as find_route() · kUsage (a loop)
Result<> add_jumps(Route& route, const std::string& configuration_file);

}  // namespace halligan::issue
