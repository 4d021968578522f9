// What a host says of its sshd: the output of probe.sh, read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace halligan::trust {

constexpr std::size_t kLargestFacts = 64U << 20;

/// A file of the host. Links have been followed.
struct HostFile {
  std::string path;  ///< as it was asked for
  std::string real;  ///< the file itself
  bool exists = false;
  bool regular = false;
  unsigned mode = 0;  ///< permission bits
  std::uint64_t uid = 0;
  std::uint64_t links = 1;
  std::string sum;  ///< of cksum(1), "CRC:SIZE"
  std::string text;
};

struct HostFolder {
  unsigned mode = 0;
  std::uint64_t uid = 0;
};

/// A running sshd that listens.
struct Daemon {
  std::string pid;
  std::string unit{};       ///< of systemd; empty: none
  std::string program{};    ///< absolute path
  std::string arguments{};  ///< those that decide the configuration, quoted for sh
  std::string config{};     ///< its main file
};

/// Of shadow(5), in days since 1970; nothing where the field is empty.
struct Aging {
  std::optional<std::int64_t> changed;
  std::optional<std::int64_t> maximum;
  std::optional<std::int64_t> inactive;
  std::optional<std::int64_t> expires;
};

struct Account {
  std::string name;
  bool shell_works = false;
  std::string shell{};
  std::vector<std::string> groups{};
  std::string shadow{};  ///< "ok", "locked", "expired"
  Aging aging{};
  /// What sshd -T says of it, keywords in lower case. A keyword on several lines has several values.
  std::multimap<std::string, std::string> effective{};
  std::string failed{};  ///< why sshd -T said nothing
  std::string home{};
  std::uint64_t uid = 0;
  std::vector<std::string>
      authorized{};             ///< of each AuthorizedKeysFile "MODE UID FILE", then "LINE:TEXT" each
  std::string principals{};     ///< its AuthorizedPrincipalsFile, with the tokens expanded
  bool principals_read = true;  ///< the account may read it
  std::string chroot{};         ///< its ChrootDirectory, with the tokens expanded; empty: none

  /// The first value; "none" if it has no value.
  std::string value(const std::string& keyword) const;
  /// All words of all values, "none" left out.
  std::vector<std::string> words(const std::string& keyword) const;
  bool exists() const { return !shadow.empty(); }
  /// What its sshd calls the list of keys that it accepts, as sshd_config(5) writes it: before 8.5
  /// PubkeyAcceptedKeyTypes.
  std::string_view accepted_keyword() const;
  std::string accepted() const;
};

/// A file that the last change on the host has written or removed.
struct Changed {
  bool config = false;
  std::string saved{};   ///< its copies are SAVED.old, SAVED.new
  std::string before{};  ///< checksum, or "absent"
  std::string after{};   ///< the same
  std::string now{};     ///< the same
  std::string path{};
};

struct Facts {
  std::uint64_t uid = 0;
  std::string host{};
  std::string from{};  ///< the address that the host sees
  std::string port{};  ///< of the host, that the session came to
  std::string os{};
  std::string version{};  ///< "OpenSSH_9.2p1"
  std::string program{};  ///< sshd
  std::string config{};   ///< the main file in force
  std::string socket{};   ///< a socket unit that starts sshd
  std::uint64_t time = 0;
  std::uint64_t loaded = 0;  ///< when the daemon read its configuration
  bool nixos = false;
  bool read_only = false;
  bool no_login = false;      ///< /etc/nologin is there
  bool no_login_run = false;  ///< /run/nologin, which PAM alone looks at
  std::string pam{};  ///< "FILE:LINE CONTROL MODULE" of each that PAM asks about an account; empty: unknown
  std::string error{};
  std::vector<Daemon> daemons{};  ///< the first is the one that this session came through
  int checked = 0;                ///< exit status of sshd -t
  std::string check_said{};
  std::vector<Account> accounts{};
  std::vector<HostFile> files{};
  std::map<std::string, HostFolder> folders{};
  std::vector<std::string> pending{};          ///< changed since the daemon read its configuration
  std::map<std::string, std::string> lists{};  ///< KRLs: "ok", or what ssh-keygen said
  std::vector<std::string> host_keys{};        ///< fingerprints
  std::string transaction{};                   ///< a change that is not finished
  std::string last{};                          ///< the last change that was kept
  std::vector<Changed> changed{};              ///< by it

  const HostFile* file(std::string_view path) const;
  const Account* account(std::string_view name) const;
};

/// @errors kBadInput: not the whole output of the probe
Result<Facts> parse_facts(std::string_view text);

}  // namespace halligan::trust
