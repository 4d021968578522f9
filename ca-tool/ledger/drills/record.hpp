// One drill (halligan drill run): what was done, by whom, and what came of it at each host. A line of JSON,
// chained and sealed as a record of the ledger is:
//
//   {"n":0,"prev":"","time":MS,"kind":"drill","version":1,"began":MS,"drill":"quarterly","operator":TEXT,…,
//    "sum":HEX}
//
// All of its texts are as printable() makes them, so nothing in a record can deceive whoever reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ui/json.hpp"

namespace halligan::ledger::drills {

inline constexpr std::size_t kLongestText = 1024;  // bytes of a text
inline constexpr std::size_t kMostInList = 1024;   // hosts, seals, findings …

/// How far one login came.
enum class Outcome {
  kOpened,       ///< the proof came back
  kNoProof,      ///< it let us in, but something else answered
  kRefused,      ///< it did not let us in
  kHostKey,      ///< its key is not the known one: nothing was sent
  kThrottled,    ///< it talks to nobody from here for a while
  kUnreachable,  ///< no SSH server answered
  kExpired,      ///< the certificate ended before its turn
  kNotReached,   ///< the drill was broken off before its proof
};
/// "opened", "no-proof", …: stable, for --json and the record.
std::string_view outcome_word(Outcome outcome);

enum class Alert {
  kNotAsked,  ///< nobody was asked, or there was no login
  kArrived,
  kMissing,
};
/// "not-asked", "arrived", "missing".
std::string_view alert_word(Alert alert);

/// What the host's own log says of a login that opened.
struct HostLog {
  std::string line{};              ///< sshd's message about that very login; empty: it was not found
  std::uint64_t milliseconds = 0;  ///< from the login until it was seen here, or given up

  bool seen() const { return !line.empty(); }
};

struct Step {
  /// "certificate"; of a host "connect", "exchange", "login", "proof", "log", "alert", and "failure" where it
  /// went no further
  std::string name;
  std::uint64_t began = 0;  ///< milliseconds since the drill began
  std::uint64_t milliseconds = 0;
};

struct DrilledHost {
  std::string host;     ///< as typed
  std::string address;  ///< "root@web1 (192.0.2.7:2222)"
  std::string account{};
  std::string name{};  ///< that was connected to: ssh's HostName
  std::uint16_t port = 22;
  std::string host_key{};  ///< fingerprint of the key that it has proven; may be empty
  std::string sshd{};      ///< the version that it sent: "OpenSSH_9.2p1 Debian-2"; may be empty
  Outcome outcome = Outcome::kUnreachable;
  std::string detail{};  ///< why; may be empty
  Alert alert = Alert::kNotAsked;
  std::optional<HostLog> log{};  ///< nothing: nobody looked
  std::vector<Step> steps{};     ///< as far as it came

  bool good() const {
    return outcome == Outcome::kOpened && alert != Alert::kMissing && (!log || log->seen());
  }
};

/// What a drill proves something about; another one is due when it changes.
struct Subject {
  std::vector<std::string> cas{};         ///< fingerprints, sorted
  std::vector<std::string> principals{};  ///< that the configuration names, sorted

  bool operator==(const Subject&) const = default;
};

struct Drill {
  std::uint64_t number = 0;  ///< in its chain, from 0
  std::string previous{};    ///< hash of the record before; empty for the first
  std::uint64_t time = 0;    ///< of its end, Unix milliseconds
  std::uint64_t began = 0;   ///< likewise
  std::string kind{};        ///< "quarterly", "annual", "change", "real"
  std::string operated_by{};
  std::string witness{};
  std::string approval{};  ///< a reference; may be empty, like all below
  std::string reason{};
  std::vector<std::string> seals{};      ///< found on the envelope
  std::vector<std::string> new_seals{};  ///< put on it afterwards
  std::vector<std::string> findings{};
  std::string account{};
  std::string ca{};  ///< fingerprint
  std::string key_id{};
  std::vector<std::string> principals{};  ///< of the certificate
  std::uint64_t serial = 0;
  std::uint64_t valid_after = 0;  ///< Unix seconds
  std::uint64_t valid_before = 0;
  std::optional<std::uint32_t> counter{};  ///< of the token, in the certificate's signature
  std::vector<Step> steps{};               ///< before the hosts
  std::vector<DrilledHost> hosts{};
  Subject subject{};
  std::uint64_t next_due = 0;  ///< Unix seconds
  std::string broken_off{};    ///< why it ended before its end; empty: it did not

  std::uint64_t ended() const { return time / 1000; }
  /// Did it come to its end, did all hosts open, and is no alert and no line of a log missing?
  bool passed() const;
};

/// The line, without a newline.
std::string format_drill(const Drill& drill);
/// From a line without its newline. Accepted means: format_drill() gives the same bytes. Linear, bounded.
/// @errors kBadInput · kUnsupported (version)
Result<Drill> parse_drill(std::string_view line);

/// A whole chain. @errors kBadInput: "record 2: …"
Result<std::vector<Drill>> parse_drills(std::string_view text);

/// Its members, without those that chain it.
ui::Json drill_json(const Drill& drill);

}  // namespace halligan::ledger::drills
