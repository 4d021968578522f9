// A host is to trust the CAs no longer.
#include <fmt/format.h>

#include <set>

#include "base/text.hpp"
#include "trust/host_lines.hpp"
#include "trust/planner.hpp"

namespace halligan::trust {
namespace {

class RemovalPlanner : Planner {
 public:
  using Planner::Planner;

  Plan make() {
    std::set<std::string> files{kCaFile};
    for (const Account& account : facts_.accounts) {
      for (const std::string& name : account.words("trustedusercakeys")) files.insert(name);
      if (wanted_.principals) unlist_principal(account);
    }
    bool empty = true;
    for (const std::string& name : files) {
      const HostFile* const file = facts_.file(name);
      if (file == nullptr || !file->regular) continue;
      const bool left = remove_authorities(*file);
      if (name == kCaFile && left) empty = false;
    }
    const bool list_used = revokes_something();
    if (empty) remove_directives(list_used);
    check_changes(facts_, wanted_, plan);
    return std::move(plan);
  }

 private:
  void unlist_principal(const Account& account) {
    const HostFile* const file = facts_.file(account.principals);
    if (account.principals.empty() || file == nullptr || !file->regular) return;
    std::string kept;
    std::string_view rest = file->text;
    while (!rest.empty()) {
      const std::string_view line = next_line(rest);
      if (line != account.name)
        kept += std::string(line) + (rest.empty() && !file->text.ends_with('\n') ? "" : "\n");
    }
    if (kept != file->text) change(file, account.principals, std::move(kept), false);
  }

  // @return is any line left in the file?
  bool remove_authorities(const HostFile& file) {
    std::string kept;
    bool keys_left = false;
    std::string_view rest = file.text;
    while (!rest.empty()) {
      const std::string_view from = rest;
      const std::string_view line = next_host_line(rest);
      const auto key = authority_on(line);
      if (key && is_ours(*key)) continue;
      kept += from.substr(0, from.size() - rest.size());
      keys_left = keys_left || (!line.empty() && !line.starts_with('#'));
    }
    if (file.path == kCaFile && !keys_left) {
      remove(file);
      return false;
    }
    if (kept != file.text) change(&file, file.path, std::move(kept), false);
    return keys_left;
  }

  bool revokes_something() {
    const HostFile* const file = facts_.file(kListFile);
    if (file == nullptr || !file->regular || file->text.empty()) return false;
    remark(std::string(kListFile) + " revokes something and stays in force");
    return true;
  }

  void remove_directives(bool list_used) {
    const std::string list = fmt::format("RevokedKeys {}\n", kListFile);
    const std::string trusted = fmt::format("TrustedUserCAKeys {}\n", kCaFile);
    for (const HostFile& file : facts_.files) {
      if (!file.regular) continue;
      if (file.path.ends_with(std::string("/") + kDropIn)) {
        std::string text = file.text;
        if (const auto at = text.find(trusted); at != std::string::npos) text.erase(at, trusted.size());
        if (list_used) {
          if (text != file.text) change(&file, file.path, text, true);
        } else {
          remove(file, true);
        }
      } else if (file.path == facts_.config && file.text.starts_with(kBegin)) {
        const std::size_t end = file.text.find(kEnd);
        if (end != std::string::npos)
          change(&file, file.path,
                 (list_used ? std::string(kBegin) + list + std::string(kEnd) : std::string()) +
                     file.text.substr(end + kEnd.size()),
                 true);
      }
    }
    const HostFile* const revoked = facts_.file(kListFile);
    if (!list_used && revoked != nullptr && revoked->regular) remove(*revoked);
    if (plan.reloads()) {
      effect("trustedusercakeys", kCaFile, "none");
      if (!list_used) effect("revokedkeys", kListFile, "none");
    }
  }
};

}  // namespace

Plan plan_removal(const Facts& facts, const Wanted& wanted) { return RemovalPlanner(facts, wanted).make(); }

}  // namespace halligan::trust
