// The ledger against what hosts logged: every login must have a record.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "crypto/verify.hpp"
#include "ledger/chain.hpp"
#include "ledger/journal.hpp"
#include "ledger/sshd_log.hpp"
#include "ssh/key.hpp"

namespace halligan::ledger {

/// Does this message of sshd begin a connection that somebody logs in on, or end one? All others say nothing
/// about logins.
bool begins_login(std::string_view message);
bool ends_login(std::string_view message);

/// Takes logs line by line, then judges.
class Reconciliation {
 public:
  /// @param chains outlive it. @param authorities CAs whose logins are ours besides those of the ledger
  /// @param most_logins by one certificate; more are over-use
  Reconciliation(const std::vector<Chain>& chains, const std::vector<ssh::PublicKey>& authorities,
                 std::uint64_t most_logins);

  /// What was found in one log.
  struct Log {
    std::string file;
    std::size_t messages = 0;    ///< of sshd
    std::size_t unreadable = 0;  ///< lines in which a login may be
    std::size_t quoted = 0;      ///< lines with words of a login that somebody else wrote
    std::set<std::string> hosts{};
    std::optional<std::uint64_t> first{};  ///< Unix seconds
    std::optional<std::uint64_t> last{};
  };

  /// All lines of one log. @param now Unix seconds, see read_log_line()
  Log read(const std::string& file, std::string_view log, std::uint64_t now);

  /// All entries from where the journal is. @errors as Journal::next()
  Result<Log> read(const std::string& name, Journal& journal);

  /// Something is missing before the entries that a journal has.
  void note_gap(const std::string& name, const Log& log);

  /// Judge what was read: the order of the logs does not matter, as each host's messages are sorted by their
  /// times. Once, after the last log.
  void finish();

  /// What chain_faults() finds, kSignatureBad (of a record), and kUnknownCertificate to kTimeMissing. Faults
  /// come first.
  std::vector<LedgerFinding> findings() const;

  std::size_t logins() const { return logins_.size(); }  ///< by certificates of our CAs
  std::size_t strangers() const { return strangers_; }   ///< by certificates of other CAs

  /// A login by a certificate that is on record, with its key and its key ID.
  struct Use {
    std::string account;
    std::string host;
    std::string address;
    std::optional<std::uint64_t> time;  ///< Unix seconds
  };
  /// By fingerprint of the CA and serial, in the order of the hosts, then of the times. After finish().
  std::map<std::pair<std::string, std::uint64_t>, std::vector<Use>> uses() const;

 private:
  struct Login {
    CertificateLogin what;
    std::optional<std::uint64_t> time;
    std::optional<std::uint64_t> end;
    std::string host;
    std::string process;
    std::size_t log;
    bool open = true;
  };
  struct Known {
    const ssh::CertificateBody* body;
    std::string name;  // "record 5"
  };

  void note_authority(const ssh::PublicKey& key);
  void note_record(const Issued& issued, const Result<crypto::Verified>& verified, const std::string& name);
  void note_login(const CertificateLogin& what, const LogLine& line);
  struct Message {
    LogLine line;
    bool broken;
    std::size_t log;
    std::uint64_t order;  // its time, or that of the one before it
    bool ends;            // it is no login
  };
  /// One log while it is read.
  struct Reading {
    Log found;
    std::size_t number;
    std::size_t earlier;  ///< messages of other logs
    bool returns;         ///< sshd -e wrote it: it ends its messages in CR LF
    std::uint64_t order = 0;
  };
  Reading begin(const std::string& name, bool returns);
  void take(Reading& reading, ReadLine read, std::string_view text);
  Log end(Reading reading);
  bool was_read(const Message& message, const CertificateLogin& what) const;
  void take(const Message& message);
  void note_cut(const LogLine& line, const std::string& why);
  void note_unreadable(const LogLine& line, const std::string& why);
  void note_end(const LogLine& line);
  void forget_earlier(const LogLine& line, const Peer& peer);
  void judge_login(const Login& login, const Known& known, std::vector<LedgerFinding>& out) const;
  void judge_use(const std::vector<const Login*>& logins, const Known& known,
                 std::vector<LedgerFinding>& out) const;

  std::uint64_t most_logins_;
  std::map<std::pair<std::string, std::uint64_t>, Known> known_;  // by CA and serial
  std::map<std::string, std::string> authorities_;  // by each of their fingerprints; the SHA256 one
  bool no_md5_ = false;                             // OpenSSL refuses to make such fingerprints
  std::vector<Login> logins_;
  std::map<std::pair<Peer, std::uint64_t>, std::vector<std::size_t>> seen_;  // by peer and serial
  std::vector<Message> messages_;
  std::size_t logs_ = 0;
  std::size_t log_ = 0;                    // that is judged
  std::vector<LedgerFinding> untrue_;      // of the ledger itself
  std::vector<LedgerFinding> unreadable_;  // and what is missing
  // By host: the login on each connection, after the partial ones that led to it.
  std::map<std::pair<std::string, Peer>, std::vector<std::size_t>> open_;
  // The same by process, for ends that do not say whose connection it was.
  std::map<std::pair<std::string, std::string>, std::vector<std::size_t>> processes_;
  std::map<std::string, std::uint64_t> last_time_;  // of each host
  std::size_t strangers_ = 0;
};

}  // namespace halligan::ledger
