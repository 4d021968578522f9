#include "kit/hosts.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "ca/judgement.hpp"
#include "io/files.hpp"
#include "io/tcp.hpp"
#include "ssh/text_line.hpp"

namespace halligan::kit {
namespace {

constexpr std::size_t kLargestFile = 16 << 20;
constexpr std::chrono::seconds kResolving{10};

using AddressesOfName = std::map<std::string, std::vector<std::string>>;

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
  return text;
}

void add_once(std::vector<std::string>& list, const std::string& text) {
  if (std::ranges::find(list, text) == list.end()) list.push_back(text);
}

Result<AddressesOfName> read_addresses(const std::vector<std::string>& files) {
  AddressesOfName out;
  for (const std::string& file : files) {
    HALLIGAN_TRY(const Bytes text, io::read_file(file, kLargestFile));
    HALLIGAN_TRY(const auto lines, parse_addresses(as_text(text)).in(printable(file)));
    for (const AddressLine& line : lines) {
      for (const std::string& name : line.names) add_once(out[lower(name)], line.address);
    }
  }
  return out;
}

// "web1,192.0.2.1" or "[web1]:2222,[192.0.2.1]:2222": the addresses for the names.
void add_known(AddressesOfName& names, const std::vector<prove::KnownHost>& known) {
  for (const prove::KnownHost& line : known) {
    std::vector<std::string> addresses;
    std::vector<std::string> others;
    std::string_view rest = line.patterns;
    while (!rest.empty()) {
      const std::string_view pattern = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(pattern.size() + 1, rest.size()));
      if (pattern.find_first_of("*?!") != std::string_view::npos) continue;
      const auto host = ca::parse_host(std::string(pattern));
      if (host) (is_address(host->name) ? addresses : others).push_back(host->name);
    }
    for (const std::string& name : others) {
      for (const std::string& address : addresses) add_once(names[lower(name)], address);
    }
  }
}

std::string without_port(const io::TcpAddress& address) {
  const std::string text = address.text();
  return text.substr(0, text.find(' '));
}

void resolve(std::vector<KitHost>& hosts) {
  std::vector<io::TcpName> names;
  for (const KitHost& each : hosts) names.push_back({each.host, each.port});
  const auto found = io::resolve_all(names, std::chrono::steady_clock::now() + kResolving);
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    if (!found[i]) {
      say(printable(hosts[i].name) + ": " + found[i].error().message);
      continue;
    }
    for (const io::TcpAddress& each : *found[i]) add_once(hosts[i].addresses, without_port(each));
  }
}

void add_keys(KitHost& host, const std::vector<prove::KnownHost>& known) {
  for (const prove::KnownHost& line : known) {
    if (line.marker == prove::KnownHost::Marker::kRevoked || line.key.empty()) continue;
    const bool is = line.matches(host.host, host.port) ||
                    std::ranges::any_of(host.addresses, [&](const std::string& address) {
                      return line.matches(address, host.port);
                    });
    const auto same = [&](const HostKey& each) { return each.blob == line.key; };
    if (!is || std::ranges::any_of(host.keys, same)) continue;
    host.keys.push_back({line.type, line.key, line.marker == prove::KnownHost::Marker::kAuthority});
  }
}

Result<std::vector<prove::Target>> targets_of(const ContentsOptions& options, const prove::HostKeys& keys) {
  const prove::TargetOptions& wanted = options.targets;
  if (!wanted.hosts.empty() || !wanted.lists.empty() || !wanted.inventories.empty())
    return prove::find_targets(wanted, keys);
  if (prove::named_hosts(keys.known()).empty()) return std::vector<prove::Target>();
  prove::TargetOptions all;
  all.from_known_hosts = true;
  return prove::find_targets(all, keys);
}

}  // namespace

bool is_address(const std::string& text) {
  in6_addr room{};
  return ::inet_pton(AF_INET, text.c_str(), &room) == 1 || ::inet_pton(AF_INET6, text.c_str(), &room) == 1;
}

bool KitHost::is_address() const { return kit::is_address(host); }

Result<std::vector<AddressLine>> parse_addresses(std::string_view text) {
  std::vector<AddressLine> out;
  const auto take = [&](std::string_view line, std::size_t) -> Result<> {
    line = line.substr(0, line.find('#'));
    AddressLine found;
    for (line = trim_start(line); !line.empty(); line = trim_start(line)) {
      const std::string word(line.substr(0, line.find_first_of(" \t")));
      line.remove_prefix(word.size());
      if (!found.address.empty()) {
        found.names.push_back(word);
      } else if (is_address(word)) {
        found.address = word;
      } else {
        return fail(Code::kBadInput, "expected an address and names, not " + printable(word));
      }
    }
    if (found.names.empty()) return fail(Code::kBadInput, "no name after " + found.address);
    out.push_back(std::move(found));
    return {};
  };
  HALLIGAN_CHECK(ssh::each_line(text, take));
  return out;
}

Result<std::vector<KitHost>> find_hosts(const ContentsOptions& options,
                                        const std::vector<std::string>& known_hosts) {
  HALLIGAN_TRY(const prove::HostKeys keys, prove::HostKeys::read(known_hosts, {}));
  HALLIGAN_TRY(const auto targets, targets_of(options, keys));
  HALLIGAN_TRY(AddressesOfName names, read_addresses(options.addresses));
  add_known(names, keys.known());
  std::vector<KitHost> hosts;
  for (const prove::Target& each : targets) {
    KitHost host{.name = each.name, .host = each.host, .port = each.port};
    if (host.is_address()) host.addresses.push_back(host.host);
    for (const std::string& name : {lower(each.host), lower(each.name)}) {
      const auto known = names.find(name);
      if (known == names.end()) continue;
      for (const std::string& address : known->second) add_once(host.addresses, address);
    }
    hosts.push_back(std::move(host));
  }
  if (options.resolve) resolve(hosts);
  for (KitHost& each : hosts) add_keys(each, keys.known());
  return hosts;
}

std::string known_hosts_text(const std::vector<KitHost>& hosts) {
  std::string out;
  for (const KitHost& host : hosts) {
    std::vector<std::string> names{host.host};
    for (const std::string& address : host.addresses) add_once(names, address);
    std::string patterns;
    for (const std::string& name : names)
      patterns += (patterns.empty() ? "" : ",") + ca::known_hosts_name({.name = name, .port = host.port});
    for (const HostKey& key : host.keys)
      out += (key.authority ? "@cert-authority " : "") + patterns + " " +
             ssh::join_text_line(key.type, key.blob, "") + "\n";
  }
  return out;
}

std::string hosts_text(const std::vector<KitHost>& hosts) {
  std::string out;
  for (const KitHost& host : hosts) {
    if (host.addresses.empty()) out += "# no address: " + printable(host.host) + "\n";
    for (const std::string& address : host.addresses) {
      // The name of an inventory may be anything.
      const bool plain_name =
          host.name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") ==
          std::string::npos;
      std::string names = host.host == address ? "" : " " + host.host;
      if (plain_name && host.name != host.host && host.name != address) names += " " + host.name;
      out += names.empty() ? "# " + address + " has no name\n" : address + names + "\n";
    }
  }
  return out;
}

}  // namespace halligan::kit
