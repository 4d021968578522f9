// The ledger against what hosts logged: every login must have a record.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/chain.hpp"
#include "ledger/sshd_log.hpp"
#include "ssh/key.hpp"

namespace halligan::ledger {

/// Takes logs line by line, then judges.
class Reconciliation {
 public:
  /// @param chains outlive it. @param authorities CAs whose logins are ours besides those of the ledger
  /// @param most_logins by one certificate; more are over-use
  Reconciliation(const std::vector<Chain>& chains, const std::vector<ssh::PublicKey>& authorities,
                 std::uint64_t most_logins);

  /// All lines of one log. @param now Unix seconds, see parse_log_line()
  /// @return how many of them are sshd's and understood
  std::size_t read(std::string_view log, std::uint64_t now);

  /// What chain_faults() finds, kSignatureBad (of a record), and kUnknownCertificate to kTimeMissing. Faults
  /// come first.
  std::vector<LedgerFinding> findings() const;

  std::size_t logins() const { return logins_.size(); }  ///< by certificates of our CAs
  std::size_t strangers() const { return strangers_; }   ///< by certificates of other CAs

 private:
  struct Login {
    CertificateLogin what;
    std::optional<std::uint64_t> time;
    std::optional<std::uint64_t> end;
    std::string host;
    bool open = true;
  };
  struct Known {
    const ssh::CertificateBody* body;
    std::string name;  // "record 5"
  };

  void note_record(const Issued& issued, const std::string& name);
  void note_login(const CertificateLogin& what, const LogLine& line);
  void take(const LogLine& line, bool broken);
  void note_cut(const LogLine& line, const std::string& why);
  void note_unreadable(const LogLine& line, const std::string& why);
  void note_end(const LogLine& line);
  void judge_login(const Login& login, const Known& known, std::vector<LedgerFinding>& out) const;
  void judge_use(const std::vector<const Login*>& logins, const Known& known,
                 std::vector<LedgerFinding>& out) const;

  std::uint64_t most_logins_;
  std::map<std::pair<std::string, std::uint64_t>, Known> known_;  // by CA and serial
  std::set<std::string> authorities_;
  std::vector<Login> logins_;
  std::vector<LedgerFinding> untrue_;  // of the ledger itself
  std::vector<LedgerFinding> unreadable_;
  // By host: the login on each connection, after the partial ones that led to it.
  std::map<std::pair<std::string, Peer>, std::vector<std::size_t>> open_;
  std::map<std::string, std::uint64_t> last_time_;  // of each host
  std::size_t strangers_ = 0;
};

}  // namespace halligan::ledger
