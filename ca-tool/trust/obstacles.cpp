// What forbids a change, and what keeps a certificate from opening an account.
#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "trust/config_text.hpp"
#include "trust/plan.hpp"

namespace halligan::trust {
namespace {

constexpr std::string_view kSubject = "ssh-ed25519-cert-v01@openssh.com";

class Obstacles {
 public:
  Obstacles(const Facts& facts, Plan& plan) : facts_(facts), plan_(plan) {}

  void refuse(std::string text, std::string next = {}) {
    plan_.refusals.push_back({std::move(text), std::move(next)});
  }
  void remark(std::string text, std::string next = {}) {
    plan_.remarks.push_back({std::move(text), std::move(next)});
  }

  static bool has_algorithm(const std::string& list, std::string_view name) {
    std::string_view rest = list;
    while (!rest.empty()) {
      const std::string_view each = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(each.size() + 1, rest.size()));
      if (matches(each, name)) return true;
    }
    return false;
  }

  // USER@HOST patterns: the host's part is left to sshd.
  static bool listed(const std::vector<std::string>& patterns, std::string_view name) {
    bool found = false;
    for (std::string_view each : patterns) {
      const bool negated = each.starts_with('!');
      if (negated) each.remove_prefix(1);
      if (!matches(each.substr(0, each.find('@')), name)) continue;
      if (negated) return false;
      found = true;
    }
    return found;
  }

  void lists(const Account& account) {
    const auto any_group = [&](const std::string& keyword) {
      return std::ranges::any_of(
          account.groups, [&](const std::string& group) { return listed(account.words(keyword), group); });
    };
    const std::string name = printable(account.name);
    const auto set = [&](const std::string& keyword) { return !account.words(keyword).empty(); };
    if (listed(account.words("denyusers"), account.name)) refuse("DenyUsers has " + name);
    if (set("allowusers") && !listed(account.words("allowusers"), account.name))
      refuse("AllowUsers does not have " + name, "add it there, or choose another account");
    if (set("denygroups") && any_group("denygroups")) refuse("DenyGroups has a group of " + name);
    if (set("allowgroups") && !any_group("allowgroups"))
      refuse("AllowGroups has no group of " + name, "add one there, or choose another account");
  }

  void methods(const Account& account) {
    const std::string name = printable(account.name);
    if (account.value("pubkeyauthentication") == "no")
      refuse("PubkeyAuthentication is no for " + name, "sshd accepts no key and no certificate then");
    if (account.name == "root") {
      const std::string root = account.value("permitrootlogin");
      if (root == "no") refuse("PermitRootLogin is no", "choose another account: --account NAME");
      if (root == "forced-commands-only")
        remark("PermitRootLogin is forced-commands-only: certificates without a forced command are refused");
    }
    const auto lists = account.words("authenticationmethods");
    const bool alone = lists.empty() || std::ranges::any_of(lists, [](const std::string& each) {
                         return each == "any" || each == "publickey";
                       });
    if (!alone)
      refuse("AuthenticationMethods asks " + name + " for more than a key",
             "except the account: Match User " + name);
  }

  void algorithms(const Wanted& wanted, const Account& account) {
    const std::string name = printable(account.name);
    if (!has_algorithm(account.accepted(), kSubject)) {
      const std::string keyword(account.accepted_keyword());
      refuse(fmt::format("{} lacks {} for {}", keyword, kSubject, name), "add it to " + keyword);
    }
    const std::string authorities = account.value("casignaturealgorithms");
    for (const ssh::PublicKeyLine& each : wanted.authorities) {
      const bool rsa = each.key.type() == ssh::KeyType::kRsa;
      if (rsa ? has_algorithm(authorities, "rsa-sha2-512") || has_algorithm(authorities, "rsa-sha2-256")
              : has_algorithm(authorities, each.key.name()))
        continue;
      refuse(
          fmt::format("CASignatureAlgorithms lacks {} for {}", rsa ? "rsa-sha2-512" : each.key.name(), name),
          "add it to CASignatureAlgorithms, or omit that CA");
    }
  }

  // sshd opens the file as the account, and StrictModes looks at it and at the folders above.
  void principals(const Account& account) {
    const std::string command = account.value("authorizedprincipalscommand");
    if (command != "none")
      remark("AuthorizedPrincipalsCommand decides for " + printable(account.name) + ": " +
             printable(command));
    for (const Directive& each : read_config(facts_)) {
      if (each.keyword != "authorizedprincipalsfile" || !each.in_match || each.arguments.empty() ||
          !is_word(each.arguments.front(), "none"))
        continue;
      refuse(
          printable(each.place()) +
              ": sshd before 10.6 takes AuthorizedPrincipalsFile none inside a Match for a file of that name",
          "remove that line");
    }
    if (account.principals.empty()) return;
    const std::string path = printable(account.principals);
    const HostFile* const file = facts_.file(account.principals);
    if (!account.principals_read)
      refuse(printable(account.name) + " may not read " + path,
             "chmod 644 " + shell_word(account.principals));
    if (account.value("strictmodes") == "no") return;
    if (file != nullptr && file->regular && (file->mode & 022) != 0)
      refuse(path + " may be written to by others: sshd ignores it", "chmod go-w " + shell_word(file->real));
    std::string folder = account.principals;
    while (folder.size() > 1) {
      folder = folder.substr(0, std::max<std::size_t>(folder.rfind('/'), 1));
      const auto state = facts_.folders.find(folder);
      if (state != facts_.folders.end() && (state->second.mode & 022) != 0) {
        refuse(printable(folder) + " may be written to by others: sshd ignores " + path,
               "chmod go-w " + shell_word(folder));
        break;
      }
    }
  }

 private:
  const Facts& facts_;
  Plan& plan_;
};

}  // namespace

void check_host(const Facts& facts, Plan& plan) {
  Obstacles out(facts, plan);
  if (facts.uid != 0)
    return out.refuse(fmt::format("this needs root, and the login is that of user {}", facts.uid),
                      "log in as root, or use --sudo");
  if (!facts.error.empty()) out.refuse("the host has " + printable(facts.error));
  if (facts.nixos)
    out.refuse("NixOS makes sshd's configuration itself",
               "halligan trust plan --nixos prints what to add to it");
  if (facts.read_only) out.refuse("/etc/ssh cannot be written to: it is mounted read-only");
  if (facts.daemons.empty() && facts.socket.empty())
    out.refuse("sshd does not run", "start it, then try again: systemctl start ssh");
  if (facts.checked != 0)
    out.refuse("sshd does not accept its own configuration: " + printable(facts.check_said),
               "correct that first: the next reload would fail");
  for (std::size_t i = 1; i < facts.daemons.size(); ++i) {
    const Daemon& each = facts.daemons[i];
    if (each.config != facts.daemons.front().config)
      out.remark(fmt::format("another sshd runs (process {}) with {}, which is not changed",
                             printable(each.pid), printable(each.config)));
  }
}

void check_account(const Facts& facts, const Wanted& wanted, const Account& account, Plan& plan) {
  Obstacles out(facts, plan);
  const std::string name = printable(account.name);
  if (!account.failed.empty())
    return out.refuse("sshd -T fails for " + name + ": " + printable(account.failed));
  if (!account.exists())
    return out.refuse("there is no account " + name, "choose another one: --account NAME");
  out.methods(account);
  out.algorithms(wanted, account);
  out.lists(account);
  out.principals(account);
  if (!account.shell_works)
    out.refuse("the shell of " + name + " does not exist: " + printable(account.shell));
  if (account.shell.ends_with("/nologin") || account.shell.ends_with("/false"))
    out.remark("the shell of " + name + " is " + printable(account.shell) + ": a login ends at once");
  if (account.shadow == "expired")
    out.refuse("the account " + name + " has expired", "chage -E -1 " + shell_word(account.name));
  if (account.shadow == "locked" && account.value("usepam") == "no")
    out.refuse("the account " + name + " is locked (its password begins with !) and UsePAM is no",
               "usermod -p '*' " + shell_word(account.name));
}

void check_changes(const Facts& facts, const Wanted& wanted, Plan& plan) {
  Obstacles out(facts, plan);
  for (const FileChange& each : plan.changes) {
    for (const HostFile& file : facts.files) {
      if (file.regular && file.real == each.path && file.links > 1)
        out.refuse(printable(each.path) + " has several names (hard links), which a new file would part",
                   "make it a file of its own");
    }
  }
  if (plan.changes.empty() || !plan.reloads() || wanted.activate_pending) return;
  for (const std::string& each : facts.pending)
    out.refuse(printable(each) + " was changed after sshd had read it: a reload would bring that into force",
               "look at it, then reload sshd, or give --activate-pending");
}

}  // namespace halligan::trust
