// A host is to trust the CAs.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "ca/revocation_list.hpp"
#include "trust/host_lines.hpp"
#include "trust/planner.hpp"

namespace halligan::trust {
namespace {

class TrustPlanner : Planner {
 public:
  TrustPlanner(const Facts& facts, const Wanted& wanted)
      : Planner(facts, wanted), config_(read_config(facts)) {}

  Plan make() {
    if (!plan.refusals.empty() && facts_.accounts.empty()) return std::move(plan);
    std::string directives;
    trust_authorities(directives);
    prepare_list(directives);
    if (!directives.empty()) add_directives(directives);
    for (const std::string& name : wanted_.accounts) {
      const Account* const account = facts_.account(name);
      if (account == nullptr) {
        refuse("sshd's configuration for " + printable(name) + " is not known");
        continue;
      }
      check_account(facts_, wanted_, *account, plan);
      list_principal(*account);
    }
    check_changes(facts_, wanted_, plan);
    return std::move(plan);
  }

 private:
  // The first directive of that keyword outside Match.
  const Directive* global(std::string_view keyword) const {
    for (const Directive& each : config_)
      if (each.keyword == keyword && !each.in_match) return &each;
    return nullptr;
  }

  void trust_authorities(std::string& directives) {
    std::set<std::string> files;
    bool none = false;
    for (const std::string& name : wanted_.accounts) {
      const Account* const account = facts_.account(name);
      if (account == nullptr || !account->failed.empty()) continue;
      const auto words = account->words("trustedusercakeys");
      none = none || words.empty();
      files.insert(words.begin(), words.end());
    }
    for (const std::string& each : files) add_authorities(each);
    if (!none) return;
    const Directive* const set = global("trustedusercakeys");
    const Directive* in_match = nullptr;
    for (const Directive& each : config_)
      if (each.keyword == "trustedusercakeys" && each.in_match) in_match = &each;
    if (set != nullptr || (in_match != nullptr && !files.empty())) {
      const Directive& which = set != nullptr ? *set : *in_match;
      return refuse("TrustedUserCAKeys is set to none for an account: " + printable(which.place()),
                    "remove that line, or let it name a file");
    }
    if (in_match != nullptr)
      remark("TrustedUserCAKeys is set inside a Match too: " + printable(in_match->place()));
    add_authorities(kCaFile);
    directives += fmt::format("TrustedUserCAKeys {}\n", kCaFile);
    effect("trustedusercakeys", "none", kCaFile);
  }

  void add_authorities(const std::string& path) {
    const HostFile* const file = facts_.file(path);
    if (file != nullptr && file->exists && !file->regular)
      return refuse(printable(path) + ", which TrustedUserCAKeys names, is not a file");
    const std::string text = file != nullptr ? file->text : std::string();
    const ReadLines read = read_ca_file(text);
    std::string lines;
    for (const ssh::PublicKeyLine& each : wanted_.authorities) {
      if (std::ranges::none_of(read.keys, [&](const auto& key) { return key.second == each.key; }))
        lines += ssh::format_public_key_line(each.key, each.comment) + "\n";
    }
    if (file != nullptr && file->exists) check_owner(*file, "the CA file");
    if (lines.empty()) return;
    std::string next = text;
    if (read.line != 0) {
      remark(fmt::format("sshd stops reading {} at line {}: the CAs go in front of it", printable(path),
                         read.line),
             "correct or remove that line");
    } else if (!text.empty() && !text.ends_with('\n')) {
      remark(printable(path) + " does not end with a newline: it gets one");
      next += '\n';
    }
    next.insert(read.line != 0 ? read.stops : next.size(), lines);
    for (const std::string_view mark : {"anaged by", "o not edit", "O NOT EDIT", "enerated by"}) {
      if (text.find(mark) != std::string::npos) {
        remark(printable(path) + " says that a program manages it, which may write it anew",
               "add the CAs there as well");
        break;
      }
    }
    change(file, path, std::move(next), false);
  }

  void check_owner(const HostFile& file, const std::string& what) {
    if (file.uid != 0)
      refuse(fmt::format("{} {} belongs to user {}, not to root", what, printable(file.real), file.uid),
             "chown root " + shell_word(file.real));
    if ((file.mode & 022) != 0)
      refuse(
          fmt::format("{} {} may be written to by others (mode {:o})", what, printable(file.real), file.mode),
          "chmod go-w " + shell_word(file.real));
  }

  // An empty file that RevokedKeys names: a revocation then needs no reload.
  void prepare_list(std::string& directives) {
    std::set<std::string> files;
    for (const Account& account : facts_.accounts)
      for (const std::string& each : account.words("revokedkeys")) files.insert(each);
    for (const Directive& each : config_) {
      if (each.keyword == "revokedkeys" && each.in_match && !each.arguments.empty() &&
          is_word(each.arguments.front(), "none")) {
        refuse(
            printable(each.place()) +
                ": sshd takes RevokedKeys none inside a Match for a file of that name, and refuses every key",
            "remove that line, or let it name an empty file");
      }
    }
    for (const std::string& each : files) {
      check_list(each);
    }
    const Directive* const set = global("revokedkeys");
    if (files.empty() && set == nullptr) {
      const HostFile* const file = facts_.file(kListFile);
      if (file == nullptr || !file->exists) change(file, kListFile, {}, false);
      directives += fmt::format("RevokedKeys {}\n", kListFile);
      effect("revokedkeys", "none", kListFile);
      files.insert(kListFile);
    }
    if (wanted_.list) install_list(files);
  }

  // A list that sshd cannot read refuses every key.
  void check_list(const std::string& path) {
    const HostFile* const file = facts_.file(path);
    if (file == nullptr || !file->exists)
      return refuse("RevokedKeys names " + printable(path) + ", which is not there: sshd refuses every key",
                    "make an empty file: touch " + shell_word(path));
    const auto unreadable = [&](const std::string& why) {
      refuse("sshd cannot read " + printable(path) + ", so it refuses every key: " + why,
             "put a list in its place that halligan revoke check reads");
    };
    const auto state = facts_.lists.find(path);
    if (state != facts_.lists.end() && state->second != "ok") return unreadable(printable(state->second));
    const auto list = ca::RevocationList::parse(to_bytes(as_bytes(file->text)), path);
    if (!file->regular) return unreadable("it is not a file");
    if (!list) return unreadable(list.error().message);
    for (const ssh::PublicKeyLine& each : wanted_.authorities) {
      if (list->find(each.key))
        refuse(printable(path) + " revokes one of the CAs", "take it out of that list, or omit that CA");
    }
  }

  void install_list(const std::set<std::string>& files) {
    if (files.empty()) return refuse("RevokedKeys is set to none on this host", "let it name a file");
    const std::string path = files.contains(kListFile) ? kListFile : *files.begin();
    const HostFile* const file = facts_.file(path);
    const std::string text(as_text(*wanted_.list));
    const bool there = file != nullptr && file->exists;
    if (there && file->text == text) return;
    auto next = ca::RevocationList::parse(*wanted_.list, "the list");
    if (!next) return refuse(next.error().message, next.error().hint);
    for (const ssh::PublicKeyLine& each : wanted_.authorities) {
      if (next->find(each.key)) return refuse("the list revokes a CA that the host is to trust");
    }
    auto old = there && !file->text.empty() ? ca::RevocationList::parse(to_bytes(as_bytes(file->text)), path)
                                            : Result<ca::RevocationList>(fail(Code::kNotFound, ""));
    if (old && old->version() && next->version().value_or(0) <= *old->version()) {
      return refuse(fmt::format("the list has version {}, and the host's {} has version {}",
                                next->version().value_or(0), printable(path), *old->version()),
                    "make one from the newer list: halligan revoke make --update");
    }
    if (const auto by = ca::refused_by_versions(next->krl()); !by.empty())
      return refuse("with the list, every key is refused by sshd " + by.front());
    change(file, path, text, false);
    plan.change(there ? file->real : path)->action = Action::kWriteList;
  }

  // Where a drop-in of ours is read: the folder of an Include outside Match.
  std::string drop_in_folder() const {
    for (const Directive& each : config_) {
      if (each.keyword != "include" || each.in_match || each.file != facts_.config) continue;
      for (std::string pattern : each.arguments) {
        if (!pattern.starts_with('/')) pattern = "/etc/ssh/" + pattern;
        const std::string folder = pattern.substr(0, pattern.rfind('/'));
        if (folder.starts_with("/etc/") && facts_.folders.contains(folder) &&
            matches(pattern, folder + "/" + kDropIn))
          return folder;
      }
    }
    return {};
  }

  void add_directives(const std::string& directives) {
    if (const std::string folder = drop_in_folder(); !folder.empty()) {
      const std::string path = folder + "/" + kDropIn;
      const HostFile* const file = facts_.file(path);
      const bool there = file != nullptr && file->exists;
      return change(file, path, (there ? file->text : std::string("# halligan trust\n")) + directives, true);
    }
    const HostFile* const main = facts_.file(facts_.config);
    if (main == nullptr || !main->regular)
      return refuse("sshd has no configuration file " + printable(facts_.config));
    if (!facts_.config.starts_with("/etc/")) {
      return refuse(printable(facts_.config) + " includes no folder of drop-ins, and is not to be edited",
                    "add these lines to sshd's configuration: " + one_line(directives));
    }
    remark(printable(facts_.config) + " includes no folder of drop-ins: the directives go to its top");
    // Before any other: the first one counts, and no Match holds it.
    std::string text = main->text;
    const std::size_t at = text.find(kEnd);
    if (text.starts_with(kBegin) && at != std::string::npos) {
      text.insert(at, directives);
    } else {
      text.insert(0, std::string(kBegin) + directives + std::string(kEnd));
    }
    change(main, facts_.config, std::move(text), true);
  }

  void list_principal(const Account& account) {
    if (account.principals.empty()) return;
    const HostFile* const file = facts_.file(account.principals);
    const std::string text = file != nullptr && file->exists ? file->text : std::string();
    std::string_view rest = text;
    while (!rest.empty()) {
      const auto line = principal_on(next_host_line(rest));
      if (line && line->name == account.name) return;
      if (line && line->name == account.name + "\r")
        return refuse(printable(account.principals) + " has CRLF line ends: no principal in it matches",
                      "write it anew with LF alone");
    }
    if (!wanted_.principals)
      return refuse(fmt::format("{} does not list the principal {}", printable(account.principals),
                                printable(account.name)),
                    "--principals adds it");
    if (file != nullptr && file->exists && !file->regular)
      return refuse(
          printable(account.principals) + " is not a file that " + printable(account.name) + " can read",
          "make it one, or name another file with AuthorizedPrincipalsFile");
    if (const auto theirs = folder_of_others(account.principals))
      return refuse(printable(*theirs) + " does not belong to root, so nothing is written below it as root",
                    "add the principal " + printable(account.name) + " there by hand");
    change(file, account.principals,
           text + (text.empty() || text.ends_with('\n') ? "" : "\n") + account.name + "\n", false);
  }

  // Whose owner could put a link where root writes.
  std::optional<std::string> folder_of_others(std::string folder) const {
    while (folder.size() > 1) {
      folder = folder.substr(0, std::max<std::size_t>(folder.rfind('/'), 1));
      const auto state = facts_.folders.find(folder);
      if (state != facts_.folders.end() && state->second.uid != 0) return folder;
    }
    return std::nullopt;
  }

  const std::vector<Directive> config_;
};

}  // namespace

Plan plan_trust(const Facts& facts, const Wanted& wanted) { return TrustPlanner(facts, wanted).make(); }

}  // namespace halligan::trust
