#include "issue/route.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "io/files.hpp"
#include "io/process.hpp"

namespace halligan::issue {
namespace {

constexpr std::chrono::seconds kConfigurationWait{30};  // "Match exec" may run programs
constexpr std::size_t kMostHops = 8;
constexpr std::size_t kLargestConfiguration = 1 << 20;
// The options of ssh(1) that take a value.
constexpr std::string_view kWithValue = "BbcDEeFIiJLlmOoPpQRSWw";

// The lines of ssh -G: keyword and the rest. A keyword that comes again adds a line.
using Settings = std::multimap<std::string, std::string, std::less<>>;

std::string value_of(const Settings& settings, std::string_view keyword) {
  const auto found = settings.find(keyword);
  return found == settings.end() || found->second == "none" ? "" : found->second;
}

Result<Settings> ask_ssh(std::vector<std::string> argv, const std::string& host) {
  // Without -T, ssh says that our standard input is not a terminal.
  argv.insert(argv.begin() + 1, {"-G", "-T"});
  HALLIGAN_TRY(const auto done,
               io::run({.argv = std::move(argv), .err = io::Inherited{}, .timeout = kConfigurationWait})
                   .hint("install it: apt install openssh-client"));
  if (done.exit_code != 0) {
    return fail(Code::kUsage, "ssh rejects its arguments or its configuration for " + printable(host),
                "check the arguments after --, which follow the host's name");
  }
  Settings settings;
  for (std::string_view text = done.out; !text.empty();) {
    const std::string_view line = next_line(text);
    const std::size_t blank = line.find(' ');
    if (blank != std::string_view::npos) settings.emplace(line.substr(0, blank), line.substr(blank + 1));
  }
  return settings;
}

// ssh replaces these in ProxyJump when it makes a ProxyCommand of it.
std::string replace_tokens(std::string_view text, const Hop& target) {
  std::string replaced;
  for (; !text.empty(); text.remove_prefix(1)) {
    if (!text.starts_with('%') || text.size() < 2) {
      replaced += text.front();
      continue;
    }
    text.remove_prefix(1);
    const char token = text.front();
    replaced += token == 'h'   ? target.host
                : token == 'n' ? target.typed
                : token == 'p' ? std::to_string(target.port)
                : token == 'r' ? target.account
                : token == '%' ? "%"
                               : std::string("%") + token;
  }
  return replaced;
}

// ssh -G separates files by blanks and quotes none: a name is as many words as make one that exists.
void add_files(std::vector<std::string>& files, std::string_view list) {
  while (!list.empty()) {
    std::string_view name = list;
    std::error_code unknown;
    while (!std::filesystem::exists(name, unknown) && name.rfind(' ') != std::string_view::npos)
      name = name.substr(0, name.rfind(' '));
    files.emplace_back(name);
    list.remove_prefix(std::min(name.size() + 1, list.size()));
  }
}

Hop hop_of(const Settings& settings, std::string typed) {
  Hop hop{.typed = std::move(typed),
          .account = value_of(settings, "user"),
          .host = value_of(settings, "hostname")};
  hop.port = whole_number<std::uint16_t>(value_of(settings, "port")).value_or(hop.port);
  const std::string alias = value_of(settings, "hostkeyalias");
  hop.key_name = !alias.empty()   ? alias
                 : hop.port == 22 ? hop.host
                                  : fmt::format("[{}]:{}", hop.host, hop.port);
  for (const char* keyword : {"userknownhostsfile", "globalknownhostsfile"})
    add_files(hop.known_hosts, value_of(settings, keyword));
  hop.reached_by_command = !value_of(settings, "proxycommand").empty();
  const std::string strict = value_of(settings, "stricthostkeychecking");
  hop.key_must_be_known = strict == "true" || strict == "yes" || strict == "ask";
  const std::string dns = value_of(settings, "verifyhostkeydns");
  hop.key_is_found_elsewhere =
      !value_of(settings, "knownhostscommand").empty() || dns == "true" || dns == "yes";
  return hop;
}

Route route_of(const Settings& settings, const std::string& typed) {
  Route route{.hops = {hop_of(settings, typed)}};
  route.jump = replace_tokens(value_of(settings, "proxyjump"), route.target());
  return route;
}

// The arguments with which ssh reaches the last of "user@host:port,…", through those before it.
struct JumpArguments {
  std::vector<std::string> options;
  std::string host;
};

JumpArguments split_jump(std::string_view jump) {
  JumpArguments split;
  const std::size_t comma = jump.rfind(',');
  if (comma != std::string_view::npos) {
    split.options = {"-J", std::string(jump.substr(0, comma))};
    jump.remove_prefix(comma + 1);
  }
  if (const std::size_t at = jump.rfind('@'); at != std::string_view::npos) {
    split.options.insert(split.options.end(), {"-l", std::string(jump.substr(0, at))});
    jump.remove_prefix(at + 1);
  }
  const bool bracket = jump.starts_with('[');
  const std::size_t end = bracket ? jump.find(']') : jump.find(':');
  const std::size_t colon = end == std::string_view::npos || !bracket ? end : end + 1;
  // More than one colon without brackets is an address of IPv6.
  if (colon < jump.size() && jump[colon] == ':' && jump.find(':', colon + 1) == std::string_view::npos) {
    split.options.insert(split.options.end(), {"-p", std::string(jump.substr(colon + 1))});
    jump = jump.substr(0, colon);
  }
  if (bracket && jump.ends_with(']')) jump = jump.substr(1, jump.size() - 2);
  split.host = jump;
  return split;
}

Result<> add_jumps(std::vector<Hop>& hops, const std::string& jump, const std::string& configuration_file) {
  if (jump.empty()) return {};
  if (hops.size() >= kMostHops)
    return fail(Code::kUsage,
                "the way to " + printable(hops.back().typed) + " leads through more than 8 jump hosts",
                "is one reached through itself? see ProxyJump in ssh_config(5)");
  const JumpArguments last = split_jump(jump);
  std::vector<std::string> argv{"ssh", "-F", configuration_file};
  argv.insert(argv.end(), last.options.begin(), last.options.end());
  argv.insert(argv.end(), {"--", last.host});
  HALLIGAN_TRY(const Settings settings, ask_ssh(std::move(argv), last.host));
  const Route route = route_of(settings, last.host);
  hops.insert(hops.begin(), route.target());
  return add_jumps(hops, route.jump, configuration_file);
}

std::string percent_doubled(std::string_view text) {
  std::string doubled;
  for (const char c : text) doubled += c == '%' ? "%%" : std::string(1, c);
  return doubled;
}

}  // namespace

SshArguments read_ssh_arguments(const std::vector<std::string>& words) {
  SshArguments read;
  std::size_t i = 0;
  for (; i < words.size() && words[i].size() > 1 && words[i][0] == '-' && words[i] != "--"; ++i) {
    std::string kept = "-";
    std::vector<std::string> next;
    for (std::size_t at = 1; at < words[i].size(); ++at) {
      const char letter = words[i][at];
      if (letter == 'v') ++read.verbose;
      if (kWithValue.find(letter) == std::string_view::npos) {
        kept += letter;
        continue;
      }
      std::string value = words[i].substr(at + 1);
      if (value.empty() && i + 1 < words.size()) value = words[++i];
      if (letter == 'F') read.configuration = value;
      if (letter == 'l') read.account = value;
      std::vector<std::string>& into = letter == 'J' ? read.jumps : next;
      into.insert(into.end(), {std::string("-") + letter, value});
      break;
    }
    if (kept.size() > 1) read.words.push_back(kept);
    read.words.insert(read.words.end(), next.begin(), next.end());
  }
  read.words.insert(read.words.end(), words.begin() + static_cast<std::ptrdiff_t>(i), words.end());
  return read;
}

std::string Hop::words() const {
  const std::string name = printable(account + "@" + typed);
  if (port == 22 && host == typed) return name;
  return name + printable(fmt::format(" ({}:{})", host, port));
}

Result<std::string> jump_configuration(const SshSettings& settings, const std::string& configuration,
                                       const std::string& account) {
  std::string text = "Host *\n";
  for (const std::string& each : settings) text += each + "\n";
  if (configuration.empty()) {
    // Not "~", which here would be $HOME: ssh looks in the account's home, whatever HOME says.
    const passwd* us = ::getpwuid(::getuid());
    if (us != nullptr) text += fmt::format("Include \"{}/.ssh/config\"\nHost *\n", us->pw_dir);
    text += "Include /etc/ssh/ssh_config\n";
  } else if (!is_word(configuration, "none")) {
    // Its text, as an included file would have to pass checks that ssh does not make of one after -F.
    HALLIGAN_TRY(const Bytes own, io::read_file(configuration, kLargestConfiguration));
    text += std::string(as_text(own)) + "\n";
  }
  return text + "Host *\nUser " + account + "\n";
}

std::string jump_command(const Route& route, const std::string& configuration_file, unsigned verbose) {
  const JumpArguments last = split_jump(route.jump);
  std::string command = "ssh -F " + shell_word(configuration_file);
  if (verbose > 0) command += " -" + std::string(verbose, 'v');
  for (const std::string& word : last.options) command += " " + shell_word(word);
  return percent_doubled(command) + " -W '[%h]:%p' -- " + percent_doubled(shell_word(last.host));
}

Result<std::string> configured_account(const std::vector<std::string>& argv, const std::string& host) {
  HALLIGAN_TRY(const Settings settings, ask_ssh(argv, host));
  const std::string account = value_of(settings, "user");
  const passwd* us = ::getpwuid(::getuid());
  return us != nullptr && account == us->pw_name ? "" : account;
}

Result<Route> find_route(const std::vector<std::string>& argv, const std::string& host) {
  HALLIGAN_TRY(const Settings settings, ask_ssh(argv, host));
  const std::size_t at = host.rfind('@');
  return route_of(settings, at == std::string::npos ? host : host.substr(at + 1));
}

Result<> add_jumps(Route& route, const std::string& configuration_file) {
  return add_jumps(route.hops, route.jump, configuration_file);
}

}  // namespace halligan::issue
