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

enum class Verdict {
  kYes,          ///< the key would be accepted
  kNo,           ///< it would not
  kThrottled,    ///< refused before anything could be asked: no answer
  kUnreachable,  ///< no connection, or no SSH server that answers in time
  kHostKey,      ///< the host's key is not the known one: nothing was asked
};
/// "yes", "no", "throttled", "unreachable", "host-key": stable, for --json.
std::string_view verdict_code(Verdict verdict);

/// One host, one account, one CA.
struct Answer {
  Target target;
  std::string account;
  const Canary* canary = nullptr;  ///< lives as long as the canaries that were asked for
  Verdict verdict = Verdict::kUnreachable;
  std::string detail{};            ///< why, in words; safe for a terminal; may be empty
  std::uint64_t milliseconds = 0;  ///< from the connection to the answer

  /// Is it as it should be: yes, or no of a canary that is revoked?
  bool good() const { return verdict == (canary->name.revoked ? Verdict::kNo : Verdict::kYes); }
  /// How much is known of the way in: 1, sshd would accept the key; 0, not even that. That the host's
  /// configuration lets the account in, or that somebody was in, would be more, and no answer of sshd tells
  /// it.
  int grade() const { return !canary->name.revoked && verdict == Verdict::kYes ? 1 : 0; }
  /// The answer is there, and it is the wrong one.
  bool wrong() const {
    return !good() && (verdict == Verdict::kYes || verdict == Verdict::kNo || verdict == Verdict::kHostKey);
  }
};

/// What is wrong comes first: revoked ones that are accepted, refused ones, wrong host keys, hosts that
/// cannot be asked, then what is well. Among equals in the order of the hosts.
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
