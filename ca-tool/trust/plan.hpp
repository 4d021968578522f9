// What would have to change on a host so that it trusts the CAs, or no longer does: decided from its facts
// alone.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ssh/key.hpp"
#include "trust/facts.hpp"

namespace halligan::trust {

constexpr const char* kCaFile = "/etc/ssh/halligan-ca.pub";
constexpr const char* kListFile = "/etc/ssh/halligan-revoked";
constexpr const char* kDropIn = "10-halligan.conf";
constexpr const char* kStateFolder = "/var/lib/halligan/trust";

struct Wanted {
  std::vector<ssh::PublicKeyLine> authorities;
  std::vector<std::string> accounts;
  bool principals = false;        ///< an account's principals file may be changed
  bool activate_pending = false;  ///< what others have changed and not loaded may be loaded
  std::optional<Bytes> list;      ///< for RevokedKeys
};

enum class Action {
  kWrite,
  kWriteList,  ///< a list of revoked keys, which the host's ssh-keygen reads first
  kRemove,
  kRestore,  ///< from what an earlier change has saved
};

/// One file of the host, as a whole.
struct FileChange {
  Action action = Action::kWrite;
  bool config = false;  ///< read by sshd at a reload; else at each login
  std::string path{};   ///< no link
  unsigned mode = 0644;
  std::string before{};    ///< checksum; "absent"
  std::string old_text{};  ///< for the diff
  std::string text{};
  std::string saved{};  ///< kRestore
};

/// Something that a person should know, with what to do about it.
struct Remark {
  std::string text;
  std::string next{};
};

/// A keyword of sshd's for one account, which the plan changes.
struct Effect {
  std::string account;
  std::string keyword;
  std::string before;
  std::string after;
};

struct Plan {
  std::vector<FileChange> changes{};
  std::vector<Effect> effects{};
  std::vector<Remark> refusals{};  ///< any: nothing is done
  std::vector<Remark> remarks{};
  std::string rolled_back{};  ///< the change that this one takes back
  bool found = false;         ///< one of the CAs or a file of ours is there

  bool reloads() const;
  FileChange* change(std::string_view path);
};

/// The host is to trust the CAs.
Plan plan_trust(const Facts& facts, const Wanted& wanted);
/// The host is to trust them no longer.
Plan plan_removal(const Facts& facts, const Wanted& wanted);
/// Back to before the last change that was kept.
Plan plan_rollback(const Facts& facts);

/// What forbids any change, whatever it is.
void check_host(const Facts& facts, Plan& plan);
/// What keeps a certificate of these CAs from opening the account, apart from the files that a plan changes.
void check_account(const Facts& facts, const Wanted& wanted, const Account& account, Plan& plan);
/// After the changes are known: pending edits of others, links, owners.
void check_changes(const Facts& facts, const Wanted& wanted, Plan& plan);

/// The lines of a CA file up to the first that sshd cannot read, where it stops.
struct ReadLines {
  std::vector<std::pair<std::size_t, ssh::PublicKey>> keys;  ///< with where the line begins
  std::size_t stops = 0;                                     ///< where the reading ends
  std::size_t line = 0;                                      ///< its number, from 1; 0: the end of the file
};
ReadLines read_ca_file(std::string_view text);

}  // namespace halligan::trust
