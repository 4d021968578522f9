#include "explain/decision.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "ca/revocation_list.hpp"
#include "crypto/digest.hpp"
#include "crypto/verify.hpp"
#include "explain/pam.hpp"
#include "explain/routes.hpp"
#include "ssh/options.hpp"
#include "ssh/signature.hpp"

namespace halligan::explain {
namespace {

class Decision {
 public:
  explicit Decision(const Case& asked) : asked_(asked) {}

  Explanation take() {
    account() && key() && revoked() && route() && after();
    return std::move(out_);
  }

 private:
  bool yes(std::string name, std::string text, const std::string& keyword = {}) {
    out_.steps.push_back({std::move(name), Verdict::kYes, std::move(text),
                          keyword.empty() ? "" : asked_.setting.place(keyword)});
    return true;
  }
  bool no(Step step) {
    step.verdict = out_.verdict = Verdict::kNo;
    out_.steps.push_back(std::move(step));
    return false;
  }
  bool unknown(std::string name, std::string text, const std::string& place = {}, std::string mend = {}) {
    out_.verdict = Verdict::kUnknown;
    out_.steps.push_back({std::move(name), Verdict::kUnknown, std::move(text), place, {}, std::move(mend)});
    return true;
  }

  // The lists are about users and addresses, and their message names both.
  bool not_allowed(std::string name, const std::string& keyword, const std::string& why, std::string mend) {
    const bool listed = keyword.starts_with("allow") || keyword.starts_with("deny");
    return no({std::move(name), Verdict::kNo, why, keyword.empty() ? "" : asked_.setting.place(keyword),
               fmt::format("User {}{} not allowed because {}", asked_.login.user,
                           listed ? " from " + asked_.login.from : "", why),
               std::move(mend)});
  }

  bool listed_user(const std::string& keyword) const {
    for (const std::string& each : asked_.setting.words(keyword)) {
      const std::size_t at = each.rfind('@');
      if (!trust::matches(each.substr(0, at), asked_.login.user)) continue;
      if (at == std::string::npos || trust::match_addresses(asked_.login.from, each.substr(at + 1)) == 1)
        return true;
    }
    return false;
  }

  bool listed_group(const std::string& keyword) const {
    const auto words = asked_.setting.words(keyword);
    return std::ranges::any_of(asked_.account.groups, [&](const std::string& group) {
      return std::ranges::any_of(words, [&](const std::string& each) { return trust::matches(each, group); });
    });
  }

  bool account() {
    const Setting& setting = asked_.setting;
    if (setting.value("refuseconnection") == "yes") {
      return no(
          {"refuse-connection", Verdict::kNo, "RefuseConnection is set", setting.place("refuseconnection"),
           "administratively prohibited connection for " + asked_.login.user + " from " + asked_.login.from,
           "remove RefuseConnection for this user"});
    }
    if (!asked_.account.exists()) {
      return no({"user", Verdict::kNo, "there is no such user", "",
                 fmt::format("Invalid user {} from {}", asked_.login.user, asked_.login.from),
                 "name an account of the host"});
    }
    if (setting.value("usepam") == "no" && asked_.account.shadow != "ok") {
      const bool locked = asked_.account.shadow == "locked";
      return not_allowed("locked", "usepam", "account is locked",
                         locked ? "usermod -p '*' " + asked_.login.user : "chage -E -1 " + asked_.login.user);
    }
    if (setting.value("chrootdirectory") == "none" && !asked_.account.shell_works) {
      return not_allowed("shell", "", "shell " + asked_.account.shell + " does not exist",
                         "usermod -s /bin/sh " + asked_.login.user);
    }
    if (listed_user("denyusers"))
      return not_allowed("deny-users", "denyusers", "listed in DenyUsers", "take the user out of DenyUsers");
    if (!setting.words("allowusers").empty() && !listed_user("allowusers"))
      return not_allowed("allow-users", "allowusers", "not listed in AllowUsers",
                         "add the user to AllowUsers");
    if (listed_group("denygroups")) {
      return not_allowed("deny-groups", "denygroups", "a group is listed in DenyGroups",
                         "take the user out of the group, or the group out of DenyGroups");
    }
    if (!setting.words("allowgroups").empty() && !listed_group("allowgroups")) {
      return not_allowed("allow-groups", "allowgroups", "none of user's groups are listed in AllowGroups",
                         "add a group of the user to AllowGroups");
    }
    return yes("account", "the account may log in");
  }

  // AuthenticationMethods: a list that begins with publickey, or "any".
  bool begins_with_key() const {
    const auto lists = asked_.setting.words("authenticationmethods");
    return lists.empty() || std::ranges::any_of(lists, [](const std::string& each) {
             return each == "any" || each == "publickey" || each.starts_with("publickey,");
           });
  }

  bool key() {
    const Setting& setting = asked_.setting;
    if (setting.value("pubkeyauthentication") == "no") {
      return no({"publickey", Verdict::kNo, "PubkeyAuthentication is no",
                 setting.place("pubkeyauthentication"), "", "set PubkeyAuthentication yes"});
    }
    if (!begins_with_key()) {
      return no({"publickey", Verdict::kNo, "AuthenticationMethods does not begin with publickey",
                 setting.place("authenticationmethods"), "",
                 "log in by the other method first, or change AuthenticationMethods"});
    }
    const std::string keyword = asked_.account.effective.contains("pubkeyacceptedkeytypes")
                                    ? "pubkeyacceptedkeytypes"
                                    : "pubkeyacceptedalgorithms";
    const ssh::KeyType type = asked_.subject.key.type();
    const bool certificate = asked_.subject.certificate.has_value();
    std::vector<std::string> names{std::string(certificate ? ssh::certificate_name(type) : ssh::name(type))};
    if (type == ssh::KeyType::kRsa) {
      const std::string tail = certificate ? "-cert-v01@openssh.com" : "";
      names = {"rsa-sha2-512" + tail, "rsa-sha2-256" + tail};
    }
    if (std::ranges::none_of(names, [&](const auto& each) { return setting.has(keyword, each); })) {
      // Which one of RSA's the client names is its own choice; older hosts are offered the oldest.
      if (type == ssh::KeyType::kRsa && asked_.version < 900)
        names = {certificate ? "ssh-rsa-cert-v01@openssh.com" : "ssh-rsa"};
      const std::string_view shown = asked_.account.accepted_keyword();
      return no({"algorithm", Verdict::kNo, fmt::format("{} is not in {}", names.front(), shown),
                 setting.place(keyword),
                 fmt::format("userauth_pubkey: {} {} not in {}",
                             asked_.version < 900 ? "key type" : "signature algorithm", names.front(), shown),
                 fmt::format("add {} to {}", names.front(), shown)});
    }
    if (certificate && !signature()) return false;
    if (type == ssh::KeyType::kRsa) {
      const auto least = whole_number<unsigned>(setting.value("requiredrsasize")).value_or(1024);
      if (asked_.subject.key.bits() < least) {
        return no({"rsa-size", Verdict::kNo, "Invalid key length", setting.place("requiredrsasize"),
                   fmt::format("refusing RSA{} key: Invalid key length", certificate ? "-CERT" : ""),
                   "use a longer key"});
      }
    }
    return yes("algorithm", "the kinds of key and signature are accepted", keyword);
  }

  bool signature() {
    const ssh::Certificate& certificate = *asked_.subject.certificate;
    if (!asked_.subject.unsigned_yet && !crypto::verify_certificate(certificate)) {
      return no({"signature", Verdict::kNo, "the CA's signature does not verify", "",
                 "userauth_pubkey: parse key: incorrect signature", "mint a new certificate: halligan mint"});
    }
    const std::string_view algorithm = ssh::name(certificate.signature.algorithm);
    if (asked_.setting.has("casignaturealgorithms", algorithm)) return true;
    const std::string log =
        asked_.version >= 1006
            ? fmt::format(
                  "userauth_pubkey: certificate signature algorithm not in CASignatureAlgorithm: signature "
                  "algorithm not supported")
            : fmt::format(
                  "userauth_pubkey: certificate signature algorithm {}: signature algorithm not "
                  "supported",
                  algorithm);
    return no({"ca-algorithm", Verdict::kNo, fmt::format("{} is not in CASignatureAlgorithms", algorithm),
               asked_.setting.place("casignaturealgorithms"), log,
               fmt::format("add {} to CASignatureAlgorithms", algorithm)});
  }

  std::string label() const {
    return std::string(asked_.subject.key.label()) + (asked_.subject.certificate ? "-CERT" : "");
  }

  bool revoked() {
    const bool named_none = asked_.setting.none_in_match("revokedkeys");
    const std::string fingerprint = crypto::fingerprint(asked_.subject.key);
    for (const std::string& path : asked_.setting.words("revokedkeys")) {
      if (path == "none" && !named_none) continue;
      const trust::HostFile* const file = asked_.facts.file(path);
      const auto failed = [&](const std::string& why, std::string mend) {
        return no({"revoked-keys", Verdict::kNo, path + ": " + why, asked_.setting.place("revokedkeys"),
                   fmt::format("Error checking authentication key {} {} in revoked keys file {}: {}", label(),
                               fingerprint, path, why),
                   std::move(mend)});
      };
      if (named_none) {
        return failed("No such file or directory",
                      "remove RevokedKeys none from the Match block: there it names a file");
      }
      if (file == nullptr || !file->exists)
        return failed("No such file or directory", "make it, empty: touch " + path);
      auto list = ca::RevocationList::parse(Bytes(file->text.begin(), file->text.end()), path);
      if (!list) return failed("invalid format", "install a valid list: halligan revoke check FILE");
      const bool dsa = ca::names_dsa_ca(list->krl());
      if (dsa && asked_.version >= 1000)
        return failed("unknown or unsupported key type", "take the CA with a DSA key out of the list");
      // Of a certificate whose CA is revoked, too, its own key is named.
      const auto entry = asked_.subject.certificate ? list->find(*asked_.subject.certificate)
                                                    : list->find(asked_.subject.key);
      if (entry) return found(path, fingerprint);
      if (dsa && asked_.version >= 908) {
        return unknown("revoked-keys", path + " is for a CA with a DSA key, which some builds cannot read",
                       asked_.setting.place("revokedkeys"));
      }
    }
    return yes("revoked", "not revoked", "revokedkeys");
  }

  bool found(const std::string& path, const std::string& fingerprint) {
    return no({"revoked", Verdict::kNo, "revoked by " + path, asked_.setting.place("revokedkeys"),
               fmt::format("Authentication key {} {} revoked by file {}", label(), fingerprint, path),
               "mint a certificate for a new key: halligan mint"});
  }

  bool route() {
    Route first = authorized_keys_route(asked_);
    if (first.step.verdict != Verdict::kYes && asked_.subject.certificate) {
      Route second = trusted_ca_route(asked_);
      if (second.step.verdict != Verdict::kNo || first.other) {
        first = std::move(second);
      } else if (!second.other) {
        first.step.log += (first.step.log.empty() ? "" : "\n") + second.step.log;
      }
    }
    forced_ = first.forced;
    by_line_ = forced_ && !(asked_.subject.certificate &&
                            ssh::find_option(asked_.subject.certificate->body.critical, "force-command"));
    route_place_ = first.step.place;
    if (first.step.verdict == Verdict::kNo) {
      if (asked_.setting.value("authorizedkeyscommand") != "none") {
        return unknown("authorized-keys-command", "AuthorizedKeysCommand is asked: what it says is not known",
                       asked_.setting.place("authorizedkeyscommand"));
      }
      return no(std::move(first.step));
    }
    if (first.step.verdict == Verdict::kUnknown) out_.verdict = Verdict::kUnknown;
    out_.steps.push_back(std::move(first.step));
    return true;
  }

  bool after() {
    const Setting& setting = asked_.setting;
    const auto lists = setting.words("authenticationmethods");
    const bool alone = lists.empty() || std::ranges::any_of(lists, [](const std::string& each) {
                         return each == "any" || each == "publickey";
                       });
    if (!alone) {
      return no({"methods", Verdict::kNo, "AuthenticationMethods requires more than the key",
                 setting.place("authenticationmethods"), "", "have the other method ready"});
    }
    if (asked_.account.uid == 0) {
      const std::string permit = setting.value("permitrootlogin");
      if (permit == "no" || (permit == "forced-commands-only" && !forced_)) {
        return no({"root", Verdict::kNo, "PermitRootLogin is " + permit, setting.place("permitrootlogin"),
                   permit == "no" ? fmt::format("ROOT LOGIN REFUSED FROM {}", asked_.login.from)
                                  : "monitor_read: unsupported request: 26",
                   permit == "no"
                       ? "set PermitRootLogin prohibit-password"
                       : "set PermitRootLogin prohibit-password, or mint with -O force-command=COMMAND"});
      }
      yes("root", "root may log in", "permitrootlogin");
    }
    return pam() && session() && whole();
  }

  bool pam() {
    if (asked_.setting.value("usepam") != "yes") {
      if (!asked_.facts.no_login || asked_.account.uid == 0) return true;
      return no({"nologin", Verdict::kNo, "/etc/nologin is there", "", "", "rm /etc/nologin"});
    }
    const PamAnswer answer = ask_pam(asked_.facts, asked_.account, asked_.login.at);
    switch (answer.kind) {
      case PamAnswer::Kind::kYes:
        return yes("pam", "PAM lets the account in");
      case PamAnswer::Kind::kUnknown:
        return unknown("pam", answer.why, answer.place);
      case PamAnswer::Kind::kNo:
        break;
    }
    return no({"pam", Verdict::kNo, answer.why, answer.place, answer.log, answer.mend});
  }

  // What sshd lets in and gives no shell.
  bool session() {
    const Setting& setting = asked_.setting;
    const trust::Account& account = asked_.account;
    if (!account.chroot.empty()) {
      if (const std::string bad = bad_chroot(account.chroot); !bad.empty()) {
        return no({"chroot", Verdict::kNo, bad, setting.place("chrootdirectory"), "",
                   "make it, and every folder above it, root's alone: chown root " +
                       shell_word(account.chroot) + "; chmod go-w " + shell_word(account.chroot)});
      }
      unknown("chroot", "the session is inside " + account.chroot + ", which was not looked at",
              setting.place("chrootdirectory"));
    }
    if (setting.value("forcecommand") != "none") {
      unknown("forced-command", "ForceCommand runs instead of a shell: " + setting.value("forcecommand"),
              setting.place("forcecommand"));
    } else if (by_line_) {
      unknown("forced-command", "a line of a file forces a command instead of a shell", route_place_);
    }
    const std::string& shell = account.shell;
    if (shell.ends_with("/nologin") || shell.ends_with("/false")) {
      return no({"session", Verdict::kNo, "its shell is " + shell + ": a session ends at once", "", "",
                 "usermod -s /bin/sh " + shell_word(asked_.login.user)});
    }
    return true;
  }

  // What sshd requires of ChrootDirectory. @return empty: nothing is wrong
  std::string bad_chroot(const std::string& path) const {
    std::string folder = path;
    while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
    for (bool first = true;; first = false) {
      const auto found = asked_.facts.folders.find(folder);
      if (found == asked_.facts.folders.end()) {
        if (first) return "ChrootDirectory is missing: " + path;
      } else if (found->second.uid != 0 || (found->second.mode & 022U) != 0) {
        return "ChrootDirectory " + path + ": " + folder + " is not root's alone";
      }
      if (folder.size() <= 1) return {};
      folder = folder.substr(0, std::max<std::size_t>(folder.rfind('/'), 1));
    }
  }

  // Is what was found what sshd has in force?
  bool whole() {
    if (!asked_.facts.pending.empty()) {
      unknown(
          "pending",
          "changed after sshd had read it, so what is in force is not known: " + asked_.facts.pending.front(),
          {}, "look at it, then reload sshd: systemctl reload ssh");
    }
    if (!asked_.setting.doubt().empty()) unknown("configuration", asked_.setting.doubt());
    return true;
  }

  const Case& asked_;
  bool forced_ = false;
  bool by_line_ = false;     // a command is forced, and not by the certificate
  std::string route_place_;  // of the line that lets it in
  Explanation out_;
};

}  // namespace

std::string_view word(Verdict verdict) {
  return verdict == Verdict::kYes ? "yes" : verdict == Verdict::kNo ? "no" : "unknown";
}

const Step* Explanation::refusal() const { return verdict == Verdict::kNo ? &steps.back() : nullptr; }

Result<Explanation> explain(const trust::Facts& facts, const Subject& subject, const Login& login) {
  const trust::Account* const account = facts.account(login.user);
  if (account == nullptr || (account->effective.empty() && account->failed.empty())) {
    return fail(Code::kBadInput, "nothing is known of the account " + printable(login.user),
                facts.uid == 0 ? "take a snapshot with --account " + shell_word(login.user)
                               : "sshd's settings can be read by root only: name root@HOST");
  }
  if (account->effective.empty())
    return fail(Code::kBadInput, "sshd -T failed there: " + printable(account->failed));
  const unsigned version = version_number(facts.version);
  if (version == 0) return fail(Code::kBadInput, "unknown version of sshd: " + printable(facts.version));
  const Setting setting(facts, *account, login);
  return Decision({facts, *account, setting, subject, login, version}).take();
}

}  // namespace halligan::explain
