#include "issue/preflight.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/codec.hpp"
#include "io/process.hpp"
#include "io/tcp.hpp"

namespace halligan::issue {
namespace {

constexpr std::chrono::seconds kAnswer{5};
constexpr const char* kSkip = "go on without these checks: --no-preflight";

std::string at_address(const Hop& hop) { return printable(fmt::format("{}, port {}", hop.host, hop.port)); }

bool is_among(const std::string& account, const std::vector<std::string>& principals) {
  return std::ranges::find(principals, account) != principals.end();
}

Result<> check_account(const Hop& hop, bool jump, const std::vector<std::string>& principals) {
  if (is_among(hop.account, principals)) return {};
  const std::string account = printable(hop.account);
  return fail(
      Code::kUsage,
      fmt::format("{}: the account {} is not among the certificate's principals", printable(hop.typed),
                  account),
      fmt::format("add it to -n, or name another account: {} {}@{}; or, if the host maps principals to "
                  "accounts, --no-preflight",
                  jump ? "-J" : "--ssh", printable(principals.front()), printable(hop.typed)));
}

Result<> check_answer(const Hop& hop) {
  auto banner = io::read_ssh_banner(hop.host, hop.port, kAnswer);
  if (banner) return {};
  const bool unknown = banner.error().code == Code::kNotFound;
  return fail(std::move(banner)
                  .hint(unknown ? std::string("check the name, or give an address: -- -o HostName=ADDRESS")
                                : "check address and port, or " + std::string(kSkip))
                  .error()
                  .in(fmt::format("{} ({})", printable(hop.typed), at_address(hop))));
}

// ssh-keygen knows hashed names, patterns and lines of CAs.
Result<bool> is_in(const std::string& file, const std::string& name) {
  HALLIGAN_TRY(const auto found, io::run({.argv = {"ssh-keygen", "-F", name, "-f", file}, .err = io::Null{}})
                                     .hint("install it: apt install openssh-client"));
  return found.exit_code == 0;
}

Result<> check_host_key(const Hop& hop) {
  if (!hop.key_must_be_known || hop.key_is_found_elsewhere) return {};
  for (const std::string& file : hop.known_hosts) {
    HALLIGAN_TRY(const bool there, is_in(file, hop.key_name));
    if (there) return {};
  }
  return fail(
      Code::kNo,
      fmt::format("{}: its host key is not known as {}", printable(hop.typed), printable(hop.key_name)),
      "take the one it shows: --accept-new; or name a file that knows it: KnownHosts in halligan(5)");
}

// What ssh says, and what it means. The first row that fits counts.
struct Reason {
  std::string_view said;
  std::string_view means;
};
constexpr std::array kReasons{
    Reason{"REMOTE HOST IDENTIFICATION HAS CHANGED",
           "the host key is another than the known one: a new machine, or somebody in between"},
    Reason{"Host key verification failed", "the host key is not known: --accept-new takes the one it shows"},
    Reason{"administratively prohibited",
           "the jump host passes no connections on (AllowTcpForwarding, PermitOpen in its sshd_config)"},
    Reason{"stdio forwarding failed", "the jump host could not connect to the next host"},
    Reason{"Unable to negotiate", "ssh and the host have no algorithm in common"},
    Reason{"no mutual signature", "the host takes no signatures of this type: try another one with -t"},
    Reason{"Too many authentication failures",
           "the host closed the connection after other keys were offered"},
    Reason{"Could not resolve hostname",
           "its name does not resolve: give an address with -- -o HostName=ADDRESS"},
    Reason{"Connection refused", "nothing listens there: check the port (-- -p PORT)"},
    Reason{"timed out", "it does not answer: check the address, the network and the way through a jump host"},
    Reason{"No route to host",
           "there is no way to it in this network: is it behind a jump host (-- -J HOST)?"},
    Reason{"Network is unreachable",
           "there is no way to it in this network: is it behind a jump host (-- -J HOST)?"},
    Reason{"kex_exchange_identification", "it closed the connection before it said who it is"},
    Reason{"Connection closed by", "it closed the connection; its log says why"},
};

const Hop* refusing_hop(const Route& route, std::string_view line) {
  for (const Hop& hop : route.hops) {
    // "root@web1: Permission denied (publickey)."
    if (line.starts_with(hop.account + "@" + hop.host + ":")) return &hop;
    if (line.starts_with(hop.account + "@" + hop.typed + ":")) return &hop;
  }
  return nullptr;
}

std::string denied(const RefusedLogin& login, std::string_view line) {
  const Hop* hop = refusing_hop(login.route, line);
  if (hop == nullptr) hop = &login.route.target();
  const std::string host = printable(hop->typed);
  if (line.find("publickey") == std::string_view::npos) return host + " takes no keys at all";
  if (!is_among(hop->account, login.principals)) {
    return fmt::format("{} refused the certificate: it is not for the account {}", host,
                       printable(hop->account));
  }
  return fmt::format(
      "{} refused the certificate: it does not trust this CA, its clock is wrong, or {} may not log in "
      "there",
      host, printable(hop->account));
}

}  // namespace

Result<> check_routes(const std::vector<Route>& routes, const std::vector<std::string>& principals) {
  for (const Route& route : routes) {
    for (const Hop& hop : route.hops) HALLIGAN_CHECK(check_account(hop, &hop != &route.target(), principals));
  }
  std::set<std::pair<std::string, std::uint16_t>> asked;
  for (const Route& route : routes) {
    for (const Hop& hop : route.hops) HALLIGAN_CHECK(check_host_key(hop));
    const Hop& first = route.hops.front();
    if (first.reached_by_command || !asked.emplace(first.host, first.port).second) continue;
    HALLIGAN_CHECK(check_answer(first));
  }
  return {};
}

std::optional<std::string> reason_of(const RefusedLogin& login, std::uint64_t now) {
  const std::size_t at = login.said.rfind("Permission denied (");
  if (at != std::string_view::npos) {
    if (login.valid_before <= now) return "the certificate ended: mint a longer one, -V -5m:+60m";
    const std::size_t begin = login.said.rfind('\n', at);
    return denied(login, login.said.substr(begin == std::string_view::npos ? 0 : begin + 1));
  }
  const Hop& target = login.route.target();
  // "Connection closed by", or "banner exchange: Connection to", as ssh reads or writes first: it has no
  // address.
  constexpr std::string_view kNoAddress = "UNKNOWN port 65535";
  if (target.reached_by_command && login.said.find(kNoAddress) != std::string_view::npos) {
    return printable(target.typed) +
           ": the ProxyCommand of your configuration gave no connection; without it: -- -o ProxyCommand=none";
  }
  for (const Reason& each : kReasons) {
    if (login.said.find(each.said) != std::string_view::npos)
      return fmt::format("{}: {}", printable(target.typed), each.means);
  }
  return std::nullopt;
}

}  // namespace halligan::issue
