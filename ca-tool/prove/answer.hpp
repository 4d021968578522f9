// What a host answered, and what that means.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "prove/canary_file.hpp"
#include "prove/targets.hpp"

namespace halligan::prove {

inline constexpr std::uint64_t kDay = 86400;  ///< seconds

enum class Verdict {
  kYes,          ///< the key would be accepted
  kNo,           ///< it would not
  kThrottled,    ///< refused before anything could be asked: no answer
  kUnreachable,  ///< no connection, or no SSH server that answers in time
  kHostKey,      ///< the host's key is not the known one: nothing was asked
};
/// "yes", "no", "throttled", "unreachable", "host-key": stable, for --json.
std::string_view verdict_code(Verdict verdict);

/// What a snapshot of the host says of the way in after the key. Its texts may be the host's: escape them.
struct Check {
  enum class Result {
    kNone,     ///< nothing was looked at
    kUnknown,  ///< no snapshot that counts, or a step in it that cannot be known without a login
    kNo,       ///< the login would be refused
    kYes,      ///< it would be let in
  };
  Result result = Result::kNone;
  std::string rule{};       ///< stable, for --json; empty for kYes and kNone
  std::string why{};        ///< in words
  std::string place{};      ///< "FILE:LINE" of the host; may be empty
  std::string next{};       ///< what to do about it
  std::uint64_t taken = 0;  ///< of the snapshot, Unix seconds; 0: no snapshot
  bool looked = false;      ///< a snapshot that counts was asked about the login
};

/// What the drills on record say of the same way in.
struct Drilled {
  bool opened = false;     ///< the last one at this host opened it, and that counts
  std::string rule{};      ///< stable, for --json: why not; empty if it counts, or nothing was looked at
  std::string why{};       ///< in words
  std::string next{};      ///< what to do about it
  std::uint64_t time = 0;  ///< of that drill, Unix seconds; 0: none
};

/// One host, one account, one CA.
struct Answer {
  Target target;
  std::string account;
  const Canary* canary = nullptr;  ///< lives as long as the canaries that were asked for
  Verdict verdict = Verdict::kUnreachable;
  std::string detail{};            ///< why, in words; safe for a terminal; may be empty
  std::uint64_t milliseconds = 0;  ///< from the connection to the answer
  std::string host_key{};          ///< fingerprint of the key that the host has proven; empty: none
  Check check{};
  Drilled drilled{};

  /// Is it as it should be: yes, with nothing that is known to refuse the login, or no of a canary that is
  /// revoked?
  bool good() const {
    return verdict == (canary->name.revoked ? Verdict::kNo : Verdict::kYes) &&
           check.result != Check::Result::kNo;
  }
  /// How much is known of the way in: 0, nothing; 1, sshd would accept the key; 2, and by a snapshot of the
  /// host the login would be let in; 3, and the last drill was in, with nothing found since that speaks
  /// against it.
  int grade() const {
    if (canary->name.revoked || verdict != Verdict::kYes) return 0;
    if (drilled.opened) return 3;
    return check.result == Check::Result::kYes ? 2 : 1;
  }
  /// The answer is there, and it is the wrong one.
  bool wrong() const {
    return !good() && (verdict == Verdict::kYes || verdict == Verdict::kNo || verdict == Verdict::kHostKey);
  }
};

/// What is wrong comes first: revoked ones that are accepted, refused ones, those whose login would be
/// refused, wrong host keys, hosts that cannot be asked, then what is well, the lower grade first. Among
/// equals in the order of the hosts.
void sort_answers(std::vector<Answer>& answers);

/// A "no" of a revoked canary says something only beside a "yes" of the same account and CA: note where not.
void judge_revoked(std::vector<Answer>& answers);

/// What a server sends before its version, as far as it has come.
enum class Greeting {
  kIncomplete,  ///< more must come
  kSsh,         ///< the version line begins
  kThrottled,   ///< sshd's "Not allowed at this time" or "Exceeded MaxStartups"
  kOther,       ///< not an SSH server
};
inline constexpr std::size_t kLongestGreeting = 8192;  ///< bytes; more without a version line is kOther
Greeting read_greeting(std::string_view text, bool ended);

/// Is this the reason of a disconnection that says that the last query was refused once too often?
bool is_too_many_failures(std::string_view reason);

}  // namespace halligan::prove
